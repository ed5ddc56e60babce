"""Schemas and laws of the contract, compiled: they judge values, and say what is wrong where.

All folders may import it.
"""
