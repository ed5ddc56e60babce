"""Kept exchanges: those that findings cite and that show what was judged, without secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from ....conformance.http.exchange import Exchange
from ....conformance.records.credentials import mask_of
from ....spec.secrets.masking import MASK, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....conformance.http.exchange import Request

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of the bodies that a worker keeps in all."""
_HEAD = 1024


class Sent(NamedTuple):
    """An exchange, the number of its token, and the number of the user who sent it."""

    exchange: Exchange
    viewer: int
    user: int

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        response = self.exchange.response
        return _HEAD + (len(response.body) if response else 0)


def mask_for(viewer: int) -> str:
    """Return what replaces the token with a number; the second one is in RUANGKERJA_TOKEN_2."""
    return MASK if viewer <= 0 else mask_of(f"{VARIABLE}_{viewer + 1}")


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange without secrets, with the number of its token; -1 without a valid one."""

    exchange: Exchange
    viewer: int

    def packed(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {"exchange": msgspec.to_builtins(self.exchange), "viewer": self.viewer}

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> Kept:
        """Return what was packed."""
        return cls(msgspec.convert(data["exchange"], Exchange), data["viewer"])


class Keeper:
    """Keeps exchanges up to a number of bytes, each once; `mask` takes secrets out of them."""

    def __init__(self, mask: Callable[[Exchange], Exchange]) -> None:
        self._mask, self._left = mask, MOST_BYTES
        self._numbers: set[int] = set()
        self._new: list[Kept] = []
        self.dropped = 0

    def keep(self, *sent: Sent) -> bool:
        """Keep exchanges, all or none of them; return whether there was room."""
        new = {e.exchange.number: e for e in sent if e.exchange.number not in self._numbers}
        size = sum(each.size for each in new.values())
        if size > self._left:
            self.dropped += len(new)
            return False
        self._left -= size
        self._numbers |= new.keys()
        for exchange, viewer, user in new.values():
            note = f"user {user}" if viewer <= 0 else f"user {user}, token {viewer + 1}"
            masked = self._mask(replace(exchange, note=note))
            request = _as_seen(masked.request, viewer)
            self._new.append(Kept(replace(masked, request=request), viewer))
        return True

    def take(self) -> list[Kept]:
        """Return what was kept since the last call."""
        new, self._new = self._new, []
        return new


def _as_seen(request: Request, viewer: int) -> Request:
    """Return a masked request that tells its token from the others."""
    mask = mask_for(viewer)
    if mask == MASK:
        return request
    target = request.target.decode("latin-1")
    return replace(
        request,
        target=target.replace(quote(MASK, safe=""), quote(mask, safe="")).encode("latin-1"),
        headers=tuple((name, value.replace(MASK, mask)) for name, value in request.headers),
    )
