"""HTTP in the stub: parses requests, checks credentials, and writes responses and errors.

Imports `spec` and `mock.data`; the application and the scenarios may import it.
"""
