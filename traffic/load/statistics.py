"""What Locust counted, and what the workers measured of themselves, as a summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ...conformance.reporting.run.load_summary import FailureCount, LoadSummary, Timing
from ...spec.describing import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PERCENTILE = 0.99


class Statistics(msgspec.Struct, frozen=True):
    """What Locust counted."""

    total: Timing
    operations: tuple[Timing, ...]
    failures: tuple[FailureCount, ...]


class Work(msgspec.Struct, frozen=True):
    """What one worker measured of itself until now; `late` counts milliseconds."""

    judged: int
    judging: float
    processor: float
    late: dict[str, int]
    own_errors: dict[str, int]


def summary_of(
    statistics: Statistics, works: Mapping[str, Work], duration: float, limit: float | None
) -> LoadSummary:
    """Return what a load test measured; `duration` is in seconds, `limit` in milliseconds."""
    processor = sum(each.processor for each in works.values())
    judging = sum(each.judging for each in works.values())
    return LoadSummary(
        workers=len(works),
        rate=round(statistics.total.requests / duration, 1) if duration else 0.0,
        judged=sum(each.judged for each in works.values()),
        judging=round(judging / processor, 3) if processor else 0.0,
        processor=round(processor, 3),
        late=_latest(each.late for each in works.values()),
        total=statistics.total,
        operations=statistics.operations,
        failures=statistics.failures,
        limit=limit,
    )


def _latest(of_workers: Iterable[Mapping[str, int]]) -> float:
    """Return how late workers were in the 99th percentile, in milliseconds."""
    counts: Counter[int] = Counter()
    for late in of_workers:
        counts.update({int(each): number for each, number in late.items()})
    left = counts.total() * (1 - _PERCENTILE)
    for each in sorted(counts, reverse=True):
        left -= counts[each]
        if left < 0:
            return float(each)
    return 0.0


def notes_of(works: Mapping[str, Work], lost: Iterable[str]) -> list[str]:
    """Return what a reader has to know of the workers."""
    own: Counter[str] = Counter()
    for work in works.values():
        own.update(work.own_errors)
    notes = [
        f"{counted(number, 'request is', 'requests are')} not judged: the machine that sends "
        f"failed ({name}), not the server"
        for name, number in sorted(own.items())
    ]
    return notes + [f"the worker {name} was lost with what it judged last" for name in lost]
