"""HTTP/1.1 on the wire: requests sent byte for byte, and responses recorded as they came.

Imports `spec` alone; every other room of the suite may import it.
"""
