"""The stub: serves the contract with believable, stable data."""
