"""How much a client bears with: a server that answers no more, or one whose answers never end.

A run has to end, and to fit into the memory of a laptop, whatever the server does. What a run needs
of a server that behaves is far below these limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .exchange import FailureKind
from .wire import size

if TYPE_CHECKING:
    from .exchange import Exchange

_SILENT = {FailureKind.TIMEOUT, FailureKind.REFUSED, FailureKind.UNREACHABLE}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is borne with; None is without a bound."""

    kept: int | None = None
    """Bytes of the bodies that are kept, together."""
    silent: int | None = None
    """Requests without an answer in time, in all."""
    in_a_row: int = 5
    """As many one after the other, and the server has to show that it is there at all."""


@dataclass(slots=True)
class Budget:
    """Counts what was borne with in a run."""

    bounds: Limits
    kept: int = 0
    silent: int = 0
    in_a_row: int = 0

    def bear(self, exchange: Exchange) -> None:
        """Count an exchange."""
        if exchange.response is not None:
            self.kept += len(exchange.response.body)
        if exchange.failure is not None and exchange.failure.kind in _SILENT:
            self.silent += 1
            self.in_a_row += 1
        else:
            self.in_a_row = 0

    @property
    def is_doubtful(self) -> bool:
        """Whether the server has to show that it is there at all."""
        return self.bounds.silent is not None and self.in_a_row >= self.bounds.in_a_row

    def exhausted(self) -> str | None:
        """Say why no more is borne with, None as long as it is."""
        if self.bounds.kept is not None and self.kept > self.bounds.kept:
            return f"the answers are larger than {size(self.bounds.kept)} together"
        if self.bounds.silent is not None and self.silent > self.bounds.silent:
            return f"{self.silent} requests had no answer in time"
        return None
