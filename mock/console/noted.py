"""What is noted of a request: enough to tell what was asked and to ask it again, and no secret."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from ..preferences import HEADER as PREFER

if TYPE_CHECKING:
    from starlette.types import Scope

    from ...spec.contract import Contract
    from ...spec.model import SecurityScheme
    from ..reply import Reply
    from ..security import Guard

VARIABLE = "$RUANGKERJA_TOKEN"
"""Stands for a credential that the contract knows."""
_MASK = "***"
"""Stands for what looks like a credential, and is none of the contract's."""
_LONGEST, _LONGEST_VALUE = 2000, 300
_STARTED = "ruangkerja.started"
_PLAIN = (b"accept", b"content-type", PREFER)
_SUSPICIOUS = re.compile(r"auth|cred|key|pass|pwd|secret|session|sig|token", re.IGNORECASE)
_SCHEME = re.compile(r"(?:basic|bearer|token) +", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Noted:
    """A request; `took` is in seconds, `came` in seconds since 1970."""

    came: float
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    length: int
    status: int
    reason: str
    took: float
    size: int

    def told(self) -> dict[str, Any]:
        """Give it as a page is told of it."""
        return {
            "came": round(self.came * 1000),
            "method": self.method,
            "target": self.target,
            "headers": self.headers,
            "length": self.length,
            "status": self.status,
            "reason": self.reason,
            "ms": round(self.took * 1000, 1),
            "size": self.size,
        }


class Noting:
    """Notes requests to one contract; credentials never get further than this."""

    def __init__(self, contract: Contract, guard: Guard) -> None:
        schemes = {s.id: s for op in contract.operations for each in op.security for s in each}
        self._in_query = frozenset(s.name for s in schemes.values() if _in(s) == "query")
        self._in_headers = frozenset(
            s.name.lower().encode() if s.kind == "apiKey" else b"authorization"
            for s in schemes.values()
            if _in(s) == "header"
        )
        parameters = [p for op in contract.operations for p in op.parameters]
        self._innocent = frozenset(p.name for p in parameters) - self._in_query
        own = {p.name.lower().encode() for p in parameters if p.location == "header"}
        self._kept = (own | set(_PLAIN)) - self._in_headers
        self._tokens = sorted(
            {t.decode("latin-1") for s in schemes.values() for t in guard.valid(s)},
            key=len,
            reverse=True,
        )

    def noted(self, scope: Scope, reply: Reply, took: float) -> Noted:
        """Note a request and how it was answered."""
        headers, length = [], 0
        for name, value in scope["headers"]:
            if name in self._in_headers:
                headers.append((name.decode("latin-1"), _credential(value)))
            elif name in self._kept:
                text = value[:_LONGEST_VALUE].decode("latin-1")
                headers.append((name.decode("latin-1"), self._without_tokens(text)))
            elif name == b"content-length" and value.isdigit():
                length = int(value[:16])
        # A request that had begun before anybody looked has no beginning.
        took = took if _STARTED in scope else 0.0
        return Noted(
            came=time.time() - took,
            method=scope["method"][:_LONGEST_VALUE],
            target=self._target(scope["raw_path"], scope["query_string"]),
            headers=tuple(headers),
            length=length,
            status=reply.status,
            reason=self._without_tokens(reply.reason[:_LONGEST]),
            took=took,
            size=len(reply.body),
        )

    def _target(self, path: bytes, query: bytes) -> str:
        shown = self._without_tokens(path[:_LONGEST].decode("latin-1"))
        if not query:
            return shown
        pairs = query[:_LONGEST].decode("latin-1").split("&")
        return f"{shown}?{'&'.join(map(self._pair, pairs))}"

    def _pair(self, pair: str) -> str:
        name, sign, value = pair.partition("=")
        plain = unquote_plus(name)
        if plain in self._in_query:
            return f"{name}{sign}{VARIABLE}"
        if plain not in self._innocent and _SUSPICIOUS.search(plain):
            return f"{name}{sign}{_MASK}"
        return f"{name}{sign}{self._without_tokens(value)}"

    def _without_tokens(self, text: str) -> str:
        for token in self._tokens:
            if token in text:
                text = text.replace(token, _MASK)
        return text


def _credential(value: bytes) -> str:
    """Stand for a credential; what was before it is kept, for it may be what is wrong."""
    scheme = _SCHEME.match(value[:20].decode("latin-1"))
    return f"{scheme[0] if scheme else ''}{VARIABLE}" if value else ""


def _in(scheme: SecurityScheme) -> str:
    return scheme.location if scheme.kind == "apiKey" else "header"
