"""Policies: overlays that choose otherwise than a decision of the register, and their reader.

Imports the documents of `spec`; the contract is read with them.
"""
