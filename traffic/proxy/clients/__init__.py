"""The side of the clients: their connections, what is let in, and what they get back.

Imports `conformance`, `mock`, and the headers beside it; the rest of the proxy may import it.
"""
