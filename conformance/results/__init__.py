"""Finished runs, read back from their reports: compared, over time, and with what clients need.

Imports `changes`, `diff`, `attestation`, `report`, `rules` and `spec`; traffic and the commands may
import it.
"""
