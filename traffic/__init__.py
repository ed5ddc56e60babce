"""Traffic of others: a proxy that checks what passes, recordings, and what both use.

Imports `conformance`, `mock` and `spec`; only the commands may import it.
"""
