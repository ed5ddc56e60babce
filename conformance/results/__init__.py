"""Finished runs, read back from their reports: two of them compared, and many over time.

Imports report, rules and spec; only the commands may import it.
"""
