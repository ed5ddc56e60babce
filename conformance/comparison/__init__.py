"""Comparisons: of contracts, of finished runs, and of a run with what clients need.

Imports `requests`, `reporting` and what is below; traffic and the commands may import it.
"""
