"""What is required of a contract without a register: derived.yaml, tied to the contract's elements.

Imports the readers of `spec`, and its register; the contract imports it.
"""
