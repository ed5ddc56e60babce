"""Finished answers: what was answered once is answered again without doing the work again.

An answer is found by all that it depends on: path, query and the headers that operations and
security look at. Anything unusual about a request is not looked up. Memory is bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from .preferences import HEADER as PREFER

if TYPE_CHECKING:
    from ..spec.contract import Contract
    from .reply import Reply

MOST_BYTES = 4_000_000
_MOST = 2048
_LARGEST = 100_000
_LONGEST_KEY = 2000
_OVERHEAD = 600
"""What an entry takes beside its body, roughly."""


class Finished:
    """Answers by request, the ones used longest ago forgotten first."""

    def __init__(self, contract: Contract) -> None:
        self._looked_at = _looked_at(contract)
        self._replies: OrderedDict[tuple[bytes, ...], Reply] = OrderedDict()
        self._bytes = 0

    def key(self, scope: Any) -> tuple[bytes, ...] | None:
        """Give what a GET is found by, None where it has to be answered by itself."""
        if scope["method"] != "GET":
            return None
        key = [scope["raw_path"], scope["query_string"]]
        length = len(key[0]) + len(key[1])
        looked_at = self._looked_at
        for name, value in scope["headers"]:
            if name in looked_at:
                if name == PREFER:
                    return None
                key += (name, value)
                length += len(value)
        return tuple(key) if length <= _LONGEST_KEY else None

    def get(self, key: tuple[bytes, ...]) -> Reply | None:
        """Give the answer that was kept, None if there is none."""
        reply = self._replies.get(key)
        if reply is not None:
            self._replies.move_to_end(key)
        return reply

    def keep(self, key: tuple[bytes, ...], reply: Reply) -> None:
        """Keep an answer, if it is one that lasts."""
        size = len(reply.body) + _OVERHEAD
        if not reply.lasting or size > _LARGEST or key in self._replies:
            return
        self._replies[key] = reply
        self._bytes += size
        while self._bytes > MOST_BYTES or len(self._replies) > _MOST:
            _, oldest = self._replies.popitem(last=False)
            self._bytes -= len(oldest.body) + _OVERHEAD


def _looked_at(contract: Contract) -> frozenset[bytes]:
    """Give the headers that an answer can depend on, in lower case."""
    names = {"accept", "authorization", "content-type", "cookie", PREFER.decode()}
    for operation in contract.operations:
        names |= {p.name for p in operation.located("header")}
        names |= {header.name for header in operation.required_headers}
        names |= {s.name for each in operation.security for s in each if s.location == "header"}
    return frozenset(name.lower().encode() for name in names)
