"""Records: single exchanges, each with its request parsed and its response read and judged once.

Imports `http` and `spec`; `evidence`, which arranges them, and all above may import it.
"""
