"""Realistic data: every value is a pure function of the seed, the list and the row.

Imports `spec` alone; the responder and the scenarios may import it.
"""
