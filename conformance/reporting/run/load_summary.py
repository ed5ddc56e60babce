"""What a load test measured: response times and failures, as Locust counted them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ....spec.describing import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECOND = 1000.0
_MOST_UNJUDGED = 0.01
"""The share of the requests whose responses may be lost, such as those of a worker that ended."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The requests to one operation, or all of them; times are in milliseconds."""

    method: str
    path: str
    requests: int
    failures: int
    median: float
    p90: float
    p95: float
    p99: float
    longest: float

    @property
    def name(self) -> str:
        """The method and the path, for people."""
        return f"{self.method} {self.path}" if self.method else "all operations"

    @property
    def times(self) -> tuple[tuple[str, float], ...]:
        """The times by their names."""
        names = (("median", self.median), ("90 %", self.p90), ("95 %", self.p95))
        return (*names, ("99 %", self.p99), ("longest", self.longest))


class FailureCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often requests to one operation failed for one reason."""

    method: str
    path: str
    reason: str
    count: int


class LoadSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements of a load test.

    `processor` is the processor time of the workers in seconds, and `judging` the share of it that
    judging took, from 0 to 1. `late` is the 99th percentile of how many milliseconds late the
    workers themselves were: response times include that. `limit` is the time in milliseconds that
    99 of 100 responses have to keep, None if there is none.
    """

    workers: int
    rate: float
    judged: int
    judging: float
    processor: float
    late: float
    total: Timing
    operations: tuple[Timing, ...]
    failures: tuple[FailureCount, ...]
    limit: float | None = None

    @property
    def exceeds(self) -> bool:
        """Whether the server exceeds the limit, without the time that the workers were late."""
        return self.limit is not None and self.total.p99 - self.late > self.limit

    @property
    def unjudged(self) -> int:
        """How many requests were sent whose responses were not judged."""
        return max(0, self.total.requests - self.judged)

    @property
    def is_open(self) -> bool:
        """Whether the workers leave open if the server conforms, or keeps the limit."""
        too_late = not self.exceeds and self.limit is not None and self.total.p99 > self.limit
        return too_late or self.unjudged > self.total.requests * _MOST_UNJUDGED

    @property
    def conclusion(self) -> str:
        """Why the run fails or is not judged because of what was measured, '' if neither."""
        if not (self.exceeds or self.is_open):
            return ""
        if self.limit is None or self.total.p99 <= self.limit:
            sent = f"{self.total.requests:,} requests"
            return f"the responses to {self.unjudged:,} of {sent} were not judged"
        p99 = f"the 99th percentile of the response times is {milliseconds(self.total.p99)}"
        what = f"{p99}, the limit is {milliseconds(self.limit or 0)}"
        if self.exceeds:
            return what
        return (
            f"{what}, but the workers themselves were {milliseconds(self.late)} late in 1 of 100 "
            "cases: use more workers, or a lower rate"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles of a table of all operations."""
        return ("Operation", "Requests", "Failed", *(name for name, _ in self.total.times))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a table of all operations, the total last."""
        for each in (*self.operations, self.total):
            times = (milliseconds(time) for _, time in each.times)
            yield each.name, f"{each.requests:,}", f"{each.failures:,}", *times

    def sentences(self) -> Iterator[str]:
        """Yield what was measured, in sentences for people."""
        rate = counted(round(self.rate), "request", "requests")
        failed = counted(self.total.failures, "request", "requests")
        workers = counted(self.workers, "worker", "workers")
        yield (
            f"{rate} a second from {workers}; {failed} failed; judging took {self.judging:.0%} "
            "of the processor time of the workers"
        )
        if self.limit is not None:
            kept = "exceeded" if self.exceeds else "not known" if self.is_open else "kept"
            limit = milliseconds(self.limit)
            yield f"99th percentile {milliseconds(self.total.p99)}, limit {limit}: {kept}"


def milliseconds(amount: float) -> str:
    """Return a time in milliseconds as text: '80 ms', '1.2 s'."""
    return f"{amount:.0f} ms" if amount < _SECOND else f"{amount / _SECOND:.4g} s"
