"""Generators: requests that are generated from the contract by Schemathesis and Hypothesis.

The suite sends and judges them like its own. Both libraries are imported only when something is
generated: `ruangkerja mock` and the profile gate of the built-in contract run without them.
"""
