"""Scenarios: path values that choose a response, read from YAML files.

Imports `mock.data` and `mock.http`; the responder may import it.
"""
