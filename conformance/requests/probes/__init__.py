"""Probes: the requests that a run sends, with the reason for each.

Imports `evidence`, `records`, `http`, `spec` and the valid requests of `mock`; `sending`,
`generators` and what is above `requests` may import it.
"""
