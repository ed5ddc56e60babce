"""The contract and its register of requirements, and the only readers of both.

Everything else in the package may import this folder; it imports nothing else of the package.
"""
