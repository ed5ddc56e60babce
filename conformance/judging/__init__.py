"""Judging: from evidence to a run, and to the files that the run is reported in.

Imports `attestation`, `report` and what is below; `suite`, traffic and the commands may import it.
"""
