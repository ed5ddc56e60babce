"""Finished runs, read back from their reports: compared, over time, and with what clients need.

Imports report, rules and spec; only the commands may import it.
"""
