"""Witnesses: exchanges that one of two contracts admits and the other does not.

Imports `archive`, `verdicts` and what is below, and `mock`, whose stubs confirm what is found;
`changes` and all above may import it.
"""
