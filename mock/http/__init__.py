"""HTTP as the stub speaks it: requests parsed, credentials checked, responses and errors written.

Imports `spec` and `mock.data`; the application and the scenarios may import it.
"""
