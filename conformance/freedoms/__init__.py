"""Freedoms of the contract, as the responses of a run show them: those that the server takes.

Imports `evidence`, `mock.faults` and `spec`; report, attestation, suite and traffic may import it.
"""
