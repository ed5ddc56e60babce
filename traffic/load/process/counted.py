"""What Locust counted, as structures that are written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....conformance.report.load_summary import FailureCount, Timing
from ..statistics import Statistics

if TYPE_CHECKING:
    from locust.stats import RequestStats, StatsEntry

_MOST_FAILURES = 100


def statistics_of(stats: RequestStats) -> Statistics:
    """Return what Locust counted."""
    entries = sorted(stats.entries.values(), key=lambda each: (each.name, each.method))
    errors = sorted(stats.errors.values(), key=lambda each: -each.occurrences)
    return Statistics(
        _timing(stats.total),
        tuple(map(_timing, entries)),
        tuple(
            FailureCount(
                method=each.method,
                path=each.name,
                reason=_reason(each.error),
                count=each.occurrences,
            )
            for each in errors[:_MOST_FAILURES]
        ),
    )


def _reason(error: object) -> str:
    """Return the reason of a failure as it was given to Locust."""
    text = str(error)
    return text.removeprefix("CatchResponseError('").removesuffix("')")


def _timing(entry: StatsEntry) -> Timing:
    def percentile(share: float) -> float:
        return float(entry.get_response_time_percentile(share) or 0)

    return Timing(
        method=entry.method,
        path=entry.name,
        requests=entry.num_requests,
        failures=entry.num_failures,
        median=percentile(0.5),
        p90=percentile(0.9),
        p95=percentile(0.95),
        p99=percentile(0.99),
        longest=float(entry.max_response_time),
    )
