"""Probes: the requests that a run sends, with the reason for each.

Imports `evidence`, `http` and `spec`; rules and everything above them may import it.
"""
