"""Privacy: secrets are masked, and people's names replaced, before anybody else reads a report.

Imports the evidence and the rules; reports, the suite and `traffic` may import it.
"""
