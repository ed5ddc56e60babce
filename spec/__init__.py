"""The contract, its register of requirements, and the only readers of both."""
