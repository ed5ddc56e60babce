"""Witnesses: exchanges that one of two contracts admits and the other does not.

Imports `report` and what is below it, and `mock`, whose stubs confirm what is found; `changes` and
all above may import it.
"""
