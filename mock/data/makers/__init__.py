"""Makers: functions that draw values of a schema, each compiled from the schema once.

Imports `spec`, and the draws and providers beside it; all that needs values may import it.
"""
