"""Finished runs, read back from their reports: compared, over time, and with what clients need.

Imports `diff`, `reporting` and what is below; traffic and the commands may import it.
"""
