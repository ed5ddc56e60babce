"""The pace of a run: requests evenly spaced, whichever thread sends them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Pace:
    """Spaces requests evenly.

    `rate` is the maximum number of requests per second, None for no limit, and can be changed
    during a run. `clock` returns seconds, and `sleep` waits for so many.
    """

    rate: float | None
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _next_start: float = field(init=False, default=0.0)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate <= 0:
            raise ValueError("the rate has to be more than 0")

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        if self.rate is None:
            return
        with self._lock:
            interval = 1 / self.rate
            now = self.clock()
            # At most one interval, even if the clock was set back.
            wait = min(self._next_start - now, interval)
            if wait > 0:
                self.sleep(wait)
                now += wait
            self._next_start = now + interval
