"""The control interface for tests: the requests that the stub got, as openapi.yaml describes it.

Imports `mock.http`; the application may import it.
"""
