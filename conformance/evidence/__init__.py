"""Evidence: what a run exchanged, parsed and arranged for the rules.

Imports `http` and `spec`; probes, rules and everything above them may import it.
"""
