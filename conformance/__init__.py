"""The conformance suite: it collects exchanges, judges them by rules, and reports verdicts.

The rooms depend on each other in one direction:
suite, generators, report, privacy, rules, probes, evidence, http.
"""
