"""Patience: how long a request may take, so that a server that hangs does not hold up a run."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....spec.describing import counted
from ...client.client import RequestLimit
from ...http.exchange import FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...http.exchange import Exchange

FULL_TIMEOUTS = 5
"""The number of requests without a response in time after which others get less time."""
_LEAST = 1.0
_TIMES_SLOWEST = 5


@dataclass(slots=True)
class Patience:
    """The time limits of requests, in seconds.

    `limit` is the limit that the server is judged by, and `until` the time of `clock` at which the
    run ends, None for no end.
    """

    limit: float
    until: float | None = None
    clock: Callable[[], float] = time.monotonic
    slowest: float = field(init=False, default=0.0)
    """The duration of the slowest response."""
    given_up: int = field(init=False, default=0)
    """How many requests had less time than `limit`, and no response in it."""
    _timeouts: int = field(init=False, default=0)

    @property
    def of_any(self) -> float:
        """How long any request may take."""
        return self.limit if self._timeouts < FULL_TIMEOUTS else self.of_known

    @property
    def of_known(self) -> float:
        """How long a request may take that had a response before."""
        return min(self.limit, max(_LEAST, _TIMES_SLOWEST * self.slowest))

    def until_end(self, timeout: float) -> float:
        """Return a time limit that ends with the run; raise RequestLimit if the run is over."""
        if self.until is None:
            return timeout
        left = self.until - self.clock()
        if left <= 0:
            raise RequestLimit("the time of --max-time is over")
        return min(timeout, left)

    def has(self, seconds: float) -> bool:
        """Whether the run has so much time left."""
        return self.until is None or self.clock() + seconds < self.until

    def take(self, exchange: Exchange, timeout: float) -> bool:
        """Take note of a request that had so much time; return whether it can be judged.

        A request that had less time than `limit`, and no response, cannot.
        """
        failure = exchange.failure
        if failure is None:
            self.slowest = max(self.slowest, exchange.duration)
            return True
        if failure.kind is not FailureKind.TIMEOUT:
            return True
        self._timeouts += 1
        if timeout >= self.limit:
            return True
        self.given_up += self.has(0)
        return False

    def notes(self) -> list[str]:
        """Return what the reports have to say about requests that were given up."""
        if not self.given_up:
            return []
        what = counted(self.given_up, "request was", "requests were")
        why = f"after {FULL_TIMEOUTS} time-outs, each request gets {self.of_known:.3g} s"
        return [f"{what} given up and cannot be judged: {why}"]
