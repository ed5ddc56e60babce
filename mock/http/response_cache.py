"""Finished answers: what is asked for again and again is answered without doing the work again.

An answer is found by all that it depends on: path, query and the manner of the request. It is
kept when it is asked for a second time: lists that are walked once would only drive out what is
in use. Memory is bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .client_profiles import ClientProfile
    from .response import StubResponse

Key: TypeAlias = "tuple[bytes, bytes, ClientProfile]"
"""Path and query as they were sent, and the manner."""

MOST_BYTES = 4_000_000
_MOST = 2048
_LARGEST = 100_000
_LONGEST_KEY = 2000
_OVERHEAD = 600
"""What an entry takes beside its body, roughly."""
_REMEMBERED = 4096
"""How many requests it is remembered of that they came, a power of two."""


class ResponseCache:
    """Answers by request, the ones used longest ago forgotten first."""

    def __init__(self) -> None:
        self._replies: OrderedDict[Key, StubResponse] = OrderedDict()
        self._bytes = 0
        self._seen = [0] * _REMEMBERED

    def get(self, key: Key) -> StubResponse | None:
        """Give the answer that was kept, None if there is none."""
        reply = self._replies.get(key)
        if reply is not None:
            self._replies.move_to_end(key)
        return reply

    def keep(self, key: Key, reply: StubResponse) -> None:
        """Keep an answer, if it is one that lasts and was asked for not long ago."""
        mark = hash(key)
        place = mark & (_REMEMBERED - 1)
        if self._seen[place] != mark:
            self._seen[place] = mark
            return
        size = len(reply.body) + _OVERHEAD
        if not reply.lasting or size > _LARGEST or key in self._replies:
            return
        if len(key[0]) + len(key[1]) > _LONGEST_KEY:
            return
        self._replies[key] = reply
        self._bytes += size
        while self._bytes > MOST_BYTES or len(self._replies) > _MOST:
            _, oldest = self._replies.popitem(last=False)
            self._bytes -= len(oldest.body) + _OVERHEAD
