"""The messages between the processes of a load test, in those of Locust."""

from __future__ import annotations

PART = "contract_part"
"""From a worker to the master: what it judged since the last one."""
NEWS = "contract_news"
"""From the master to all workers: what others saw, which theirs has to agree with."""
REPORT_EVERY = 2.0
"""Seconds between two parts."""
