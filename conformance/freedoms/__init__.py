"""Freedoms of the contract, as the responses of a run show them: those that the server takes.

Imports `evidence`, `http`, `mock.faults` and `spec`; report, results, suite and traffic may import
it.
"""
