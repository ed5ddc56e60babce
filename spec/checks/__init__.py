"""What is wrong with an OpenAPI document: each check yields places, and what is wrong there.

`spec/openapi.py` says which mistakes a contract is refused for. The rest of the package imports
none of it.
"""
