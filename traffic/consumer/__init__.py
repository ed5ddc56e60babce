"""The consumer's test: a command that tests a page runs against every freedom of the contract.

Imports `conformance`, `mock` and `spec`; only the commands may import it.
"""
