"""Exchanges in the forms of other tools: HAR files, written while a run goes on, and curl commands.

Imports `records`, `client`, `http` and `spec`; `run` and what is above may import it.
"""
