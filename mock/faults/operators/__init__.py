"""Operators: what a fault does to a request, a list, a value or a response, and when it does so.

Imports `spec`, and the context and places beside it; the catalogue and the freedoms are made of it.
"""
