"""Verdicts: what the rules found for each requirement, and what that means for the whole run.

Imports `rules` and what is below; `privacy`, `requests` and all above may import it.
"""
