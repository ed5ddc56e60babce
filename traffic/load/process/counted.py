"""What Locust counted of a contract, as structures that are written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locust.stats import StatsEntry

from ....conformance.reporting.run.load_summary import FailureCount, Timing
from ..statistics import Statistics

if TYPE_CHECKING:
    from locust.stats import RequestStats

    from ....spec.contract import Contract

_MOST_FAILURES = 100


def statistics_of(stats: RequestStats, contract: Contract) -> Statistics:
    """Return what Locust counted of the operations of a contract; there may be other users."""
    known = {(operation.path, operation.method) for operation in contract.operations}
    mine = (each for each in stats.entries.values() if (each.name, each.method) in known)
    entries = sorted(mine, key=lambda each: (each.name, each.method))
    failed = (each for each in stats.errors.values() if (each.name, each.method) in known)
    errors = sorted(failed, key=lambda each: -each.occurrences)
    total = StatsEntry(stats, stats.total.name, stats.total.method)
    for each in entries:
        total.extend(each)
    return Statistics(
        _timing(total),
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
