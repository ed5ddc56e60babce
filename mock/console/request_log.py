"""Records of requests: enough to show a request and to send it again, without secrets."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ...spec.masking import HIDDEN, MASK, without_secrets
from ...spec.token_forms import Finder
from ...spec.vocabulary import vocabulary
from ..http.preferences import HEADER as PREFER

if TYPE_CHECKING:
    from starlette.types import Scope

    from ...spec.contract import Contract
    from ...spec.model import SecurityScheme
    from ..http.security import Guard
    from ..response import StubResponse

_LONGEST, _LONGEST_VALUE = 2000, 300
_FORM = 10
"""The number of characters that are kept of a credential: "Bearer " and a few more."""
_LENGTH = b"content-length"
_STARTED = "ruangkerja.started"
_PLAIN = (b"accept", b"content-type", PREFER)
_SCHEME = re.compile(r"(?:basic|bearer|token) +", re.IGNORECASE)


class LoggedRequest(NamedTuple):
    """A request as it is recorded; `took` in seconds, `came` in seconds since 1970.

    A credential is cut to what shows its form.
    """

    came: float
    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    status: int
    reason: str
    took: float
    size: int
    events: tuple[str, ...]


class RequestLogger:
    """Records the requests to one contract; no credential leaves it."""

    def __init__(self, contract: Contract, guard: Guard) -> None:
        schemes = contract.schemes.values()
        in_headers = {
            s.name.lower().encode() if s.kind == "apiKey" else b"authorization"
            for s in schemes
            if _in(s) == "header"
        }
        parameters = [p for op in contract.operations for p in op.parameters]
        self._masks: dict[str, str | None] = dict.fromkeys(p.name for p in parameters)
        self._masks |= dict.fromkeys((s.name for s in schemes if _in(s) == "query"), MASK)
        own = {p.name.lower().encode() for p in parameters if p.location == "header"}
        self._kept = dict.fromkeys((*_PLAIN, _LENGTH, *own), _LONGEST_VALUE + 1)
        self._kept |= dict.fromkeys(in_headers, _FORM)
        self._in_headers = frozenset(in_headers)
        tokens = {t.decode("latin-1") for s in schemes for t in guard.valid(s)}
        self._finder = Finder(tokens, vocabulary(contract.names))

    def log(self, scope: Scope, reply: StubResponse, took: float) -> LoggedRequest:
        """Return the record of a request and its response, with as little work as possible."""
        kept = self._kept
        # The start of a request is unknown if it began before the first page was open.
        took = took if _STARTED in scope else 0.0
        return LoggedRequest(
            time.time() - took,
            scope["method"][:_LONGEST_VALUE],
            scope["raw_path"][: _LONGEST + 1],
            scope["query_string"][: _LONGEST + 1],
            tuple(
                [(name, value[: kept[name]]) for name, value in scope["headers"] if name in kept]
            ),
            reply.status,
            reply.reason[: _LONGEST + 1],
            took,
            len(reply.body),
            tuple(reply.events),
        )

    def shown(self, request: LoggedRequest) -> dict[str, Any]:
        """Return a record as JSON for the page."""
        headers, length = [], 0
        for name, value in request.headers:
            text = value.decode("latin-1")
            if name in self._in_headers:
                headers.append((name.decode("latin-1"), _credential(text)))
            elif name != _LENGTH:
                headers.append((name.decode("latin-1"), self._masked(text, _LONGEST_VALUE)))
            elif value.isdigit():
                length = int(value[:16])
        return {
            "came": round(request.came * 1000),
            "method": request.method,
            "target": self._target(request.path, request.query),
            "headers": headers,
            "length": length,
            "status": request.status,
            "reason": self._masked(request.reason, _LONGEST),
            "ms": round(request.took * 1000, 1),
            "size": request.size,
            "events": request.events,
        }

    def _target(self, path: bytes, query: bytes) -> str:
        shown = self._masked(path.decode("latin-1"), _LONGEST)
        if not query:
            return shown
        plain = without_secrets(query.decode("latin-1"), self._masks)
        return f"{shown}?{self._masked(plain, _LONGEST)}"

    def _masked(self, text: str, longest: int) -> str:
        return self._finder.beginning(text, longest, HIDDEN)


def _credential(beginning: str) -> str:
    """Replace a credential; its scheme is kept, which may be what is wrong."""
    scheme = _SCHEME.match(beginning)
    return f"{scheme[0] if scheme else ''}{MASK}" if beginning else ""


def _in(scheme: SecurityScheme) -> str:
    return scheme.location if scheme.kind == "apiKey" else "header"
