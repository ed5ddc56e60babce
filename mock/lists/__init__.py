"""Lists: their responses, in numbered pages or with cursors, and what filters and sorting select.

Imports `data` and `spec`; the responder, the scenarios and `http` may import it.
"""
