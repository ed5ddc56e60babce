"""Reports: one module for each format, all of them made from a `Run`.

May import privacy, rules, evidence, http and spec; imported by the suite and the commands.
"""
