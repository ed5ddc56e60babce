"""The conformance suite: collects exchanges, judges them by rules, reports verdicts."""
