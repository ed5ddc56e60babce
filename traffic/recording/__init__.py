"""Recordings: HAR files are judged, and lists of a server are recorded as scenarios.

Imports `conformance` and `mock`; only the commands may import it.
"""
