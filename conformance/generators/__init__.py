"""Generators: requests that nobody wrote down, made from the contract.

Schemathesis and Hypothesis make them, and the suite sends and judges them like its own. Both
libraries are imported where something is generated, and nowhere else: `ruangkerja mock` and the
profile gate of the built-in contract run without them.
"""
