"""Reports: one module for each format, all of them made from a finished run.

Imports `run`, `privacy` and what is below; `judging`, traffic and the commands may import it.
"""
