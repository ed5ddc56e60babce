"""The contract as objects: operations, with their lists, bodies, responses and security.

`reading` makes them of a document, and everything else has them of `contract`.
"""
