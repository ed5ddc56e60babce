"""The client: how a server is reached, and how requests are sent within limits.

Imports `http`, `spec`, and of `mock` what serves in this process; `reporting`, `requests` and
all above may import it.
"""
