"""HTTP/1.1 messages: requests written byte for byte, and responses parsed and recorded unchanged.

Imports only `spec`. All other folders of the suite can import it.
"""
