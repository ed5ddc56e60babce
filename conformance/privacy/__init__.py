"""Privacy: tokens are masked, and personal data is replaced by pseudonyms, before a report is made.

Imports the evidence and the rules; reports, the suite and `traffic` may import it.
"""
