"""Load: many users at once read the lists of a server, and every response is judged.

Imports `conformance`, `mock` and `spec`; only the commands may import it.
"""
