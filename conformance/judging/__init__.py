"""Judging: from evidence to a run, and to the files that the run is reported in.

Imports `reporting` and what is below; `suite`, traffic and the commands may import it.
"""
