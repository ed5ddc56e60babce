"""The limits of a run: for servers that stop responding, or whose responses are too large.

A run has to end and to fit into memory, whatever the server does. Runs against working servers stay
far below these limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..http.exchange import FailureKind
from ..http.wire import size

if TYPE_CHECKING:
    from ..http.exchange import Exchange

_SILENT = {FailureKind.TIMEOUT, FailureKind.REFUSED, FailureKind.UNREACHABLE}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run. None means no limit."""

    kept: int | None = None
    """The total size of all stored bodies, in bytes."""
    silent: int | None = None
    """The number of requests without a response in time."""


@dataclass(slots=True)
class Budget:
    """Counts what a run has used of its limits."""

    bounds: Limits
    kept: int = 0
    silent: int = 0

    def count(self, exchange: Exchange) -> None:
        """Count an exchange."""
        if exchange.response is not None:
            self.kept += len(exchange.response.body)
        if exchange.failure is not None and exchange.failure.kind in _SILENT:
            self.silent += 1

    def exhausted(self) -> str | None:
        """Return the reason why the run has to end, or None."""
        if self.bounds.kept is not None and self.kept > self.bounds.kept:
            return f"the responses are larger than {size(self.bounds.kept)} in total"
        if self.bounds.silent is not None and self.silent > self.bounds.silent:
            return f"{self.silent} requests had no response in time"
        return None
