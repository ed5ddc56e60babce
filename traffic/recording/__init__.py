"""Recordings: HAR files are judged, and courses of a server are written down as scenarios.

Imports `conformance` and `mock`; only the commands may import it.
"""
