"""Requests: a valid one for each operation, from the contract's examples or from its schemas.

Imports `data` and `spec`; everything that sends requests may import it.
"""
