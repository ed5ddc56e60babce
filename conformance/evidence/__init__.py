"""Evidence: all records of a run, arranged for the rules.

Imports `records`, `http`, `spec`, and of `mock` how a place is written; `rules`, `requests` and
everything above them may import it.
"""
