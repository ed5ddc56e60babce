"""Reads the elements of a contract, one module for each kind: operations, parameters, bodies.

Only `spec/contract.py` imports it.
"""
