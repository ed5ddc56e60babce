"""Freedoms of the contract, as the responses of a run show them: those that the server takes.

Imports `evidence`, `records`, `mock.faults` and `spec`; `reporting`, `judging`, `suite` and
traffic may import it.
"""
