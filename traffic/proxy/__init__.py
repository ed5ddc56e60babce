"""The proxy: it forwards requests to an upstream server, and judges what passes.

Imports `conformance` and `mock`; only the commands may import it.
"""
