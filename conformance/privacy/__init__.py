"""Privacy: tokens are masked, and personal data is replaced by pseudonyms, before a report is made.

Imports `verdicts` and what is below; `reporting`, `survey`, `judging`, `suite`, traffic and the
commands may import it.
"""
