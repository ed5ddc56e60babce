"""Sequences: a failure that holds for the first requests only, so that a page can show its retry.

They are the one state of the stub, and each request names its own. Their number, their size and
their life are bounded.
"""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1000
"""The maximum number of sequences; before there are more, the one used longest ago is removed."""
LIFE = 600.0
"""The seconds after its latest request when a sequence starts again."""
MOST_TIMES = 1000
"""The maximum number of requests that fail."""
ANOTHER_TOKEN = "another-token"  # noqa: S105 - a word of the grammar
"""The value of `until`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends a failure: so many requests, or without `times` the first other token."""

    times: int | None = None

    def __str__(self) -> str:
        return f"until={ANOTHER_TOKEN}" if self.times is None else f"times={self.times}"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit: how many more requests fail, None until the token is another."""

    limit: Limit
    requests: int | None

    def __str__(self) -> str:
        rest = "" if self.requests is None else f"; left={self.requests}"
        return f"{self.limit}{rest}"


@dataclass(slots=True)
class _Sequence:
    """A digest of the first token, when the latest request was, and how many there were."""

    owner: tuple[str, ...]
    token: bytes
    used: float
    requests: int = 0
    request: weakref.ref[object] | None = None


class Sequences:
    """The sequences of one stub; `clock` returns seconds.

    A name is what owns the sequence, such as ('id', 'test-7') or ('path', 'getUsers'), and more
    strings that distinguish the sequences of this owner.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[bytes, _Sequence] = {}

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self._known)

    def left(
        self, name: tuple[str, ...], limit: Limit, token: bytes | None, request: object = None
    ) -> Left | None:
        """Count a request, and return what is left of the limit; None if it is over.

        The same `request` is not counted twice in a row.
        """
        now, key, sent = self._clock(), _digest(name, limit.times), _digest(token)
        sequence = self._known.pop(key, None)
        if sequence is None or now - sequence.used > LIFE:
            sequence = _Sequence(name[:2], sent, now)
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[key] = sequence  # the latest is the last
        sequence.used = now
        before = sequence.request and sequence.request()
        if request is None or before is not request:
            sequence.requests += 1
        sequence.request = None if request is None else weakref.ref(request)
        if limit.times is None:
            return Left(limit, None) if sent == sequence.token else None
        rest = limit.times - sequence.requests
        return Left(limit, rest) if rest >= 0 else None

    def clear(self) -> None:
        """Remove all sequences."""
        self._known.clear()

    def forget(self, *owner: str) -> None:
        """Remove the sequences of an owner, such as `forget('id', 'test-7')`."""
        for key, each in list(self._known.items()):  # others may add some meanwhile
            if each.owner == owner:
                self._known.pop(key, None)


def _digest(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=16).digest()
