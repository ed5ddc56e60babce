"""Mutants: single changes in one response of a run, to measure what the suite detects.

The command `selftest` imports this package, and nothing else does.
"""
