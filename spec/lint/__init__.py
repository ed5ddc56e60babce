"""Checks of a contract as a product: what OpenAPI allows, but what cannot be meant.

Each check yields the place of a mistake, and what is wrong. Commands import it; the contract does
not.
"""
