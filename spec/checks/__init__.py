"""What is wrong with an OpenAPI document: each check yields places, and what is wrong there.

`openapi.py` says which mistakes a contract is refused for, and imports the other checks; the
contract imports it, and the rest of the package none of them.
"""
