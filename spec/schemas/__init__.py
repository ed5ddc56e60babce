"""Schemas of the contract, compiled: they judge values, and say what is wrong where.

Imports `laws`, `documents` and the register; all other folders may import it.
"""
