"""HTTP/1.1 on the wire: sends requests byte for byte, and records responses unchanged.

Imports only `spec`. All other folders of the suite can import it.
"""
