"""Reporting: a finished run, and the files that show it and make it verifiable.

Imports `privacy` and what is below; `comparison`, `judging`, `survey`, `suite`, traffic and the
commands may import it.
"""
