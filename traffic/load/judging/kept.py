"""Kept exchanges: those that findings cite and that show what was judged, without secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from ....conformance.http.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of the bodies that a worker keeps in all."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange, the number of its token, and the number of the user who sent it."""

    exchange: Exchange
    viewer: int
    user: int

    def packed(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "exchange": msgspec.to_builtins(self.exchange),
            "viewer": self.viewer,
            "user": self.user,
        }

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Kept:
        """Return what was packed."""
        exchange = msgspec.convert(data["exchange"], Exchange)
        return cls(exchange, data["viewer"], data["user"])


class Keeper:
    """Keeps exchanges up to a number of bytes, each once; `mask` takes secrets out of them."""

    def __init__(self, mask: Callable[[Exchange], Exchange]) -> None:
        self._mask = mask
        self._left = MOST_BYTES
        self._numbers: set[int] = set()
        self._new: list[Kept] = []
        self.dropped = 0

    def keep(self, exchange: Exchange, viewer: int, user: int) -> bool:
        """Keep an exchange; return whether there was room for it."""
        if exchange.number in self._numbers:
            return True
        size = 1000 + (len(exchange.response.body) if exchange.response else 0)
        if size > self._left:
            self.dropped += 1
            return False
        self._left -= size
        self._numbers.add(exchange.number)
        note = f"user {user}" if viewer <= 0 else f"user {user}, token {viewer + 1}"
        self._new.append(Kept(self._mask(replace(exchange, note=note)), viewer, user))
        return True

    def take(self) -> list[Kept]:
        """Return what was kept since the last call."""
        new, self._new = self._new, []
        return new
