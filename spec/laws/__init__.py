"""Laws: relations between the fields of a value, as CEL expressions in the contract.

`schemas` compiles them with what they belong to, and judges values by them.
"""
