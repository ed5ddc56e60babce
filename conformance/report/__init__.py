"""Reports: they only read verdicts."""
