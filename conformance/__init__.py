"""The conformance suite: it collects exchanges, judges them by rules, and reports verdicts.

Its rooms import each other in one direction, which `pyproject.toml` has and a test enforces.
"""
