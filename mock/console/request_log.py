"""Records of requests: enough to show a request and to send it again, without secrets."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ...spec.parameters.received import grouped, query_pairs
from ...spec.secrets.masking import HIDDEN, MASK, is_secret, without_named_secrets, without_secrets
from ...spec.secrets.token_forms import Finder
from ...spec.secrets.vocabulary import vocabulary
from ..http.error_response import ErrorResponse
from ..http.preferences import HEADER as PREFER
from ..response import BODY, STARTED
from .exchange import Exchange, exchange, unknown_parameters

if TYPE_CHECKING:
    from starlette.types import Scope

    from ...spec.contract import Contract
    from ..access.security import Guard
    from ..response import StubResponse

_LONGEST, _LONGEST_VALUE = 2000, 300
_LONGEST_BODY, _MOST_HEADERS = 4000, 40
_LARGEST_KEPT = 64_000
"""The size of the largest response that is kept, in bytes."""
_CONFLICT = 409
_FORM = 10
"""The number of characters that are kept of a credential: "Bearer " and a few more."""
_LENGTH = b"content-length"
_PLAIN = (b"accept", b"content-type", PREFER)
_SCHEME = re.compile(r"(?:basic|bearer|token) +", re.IGNORECASE)


class LoggedRequest(NamedTuple):
    """A request as it is recorded; `took` in seconds, `came` in seconds since 1970.

    A credential is cut to what shows its form. `reply` is None if the response is large.
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
    body: bytes
    reply: StubResponse | None


class RequestLogger:
    """Records the requests to one contract; no credential leaves it."""

    def __init__(self, contract: Contract, guard: Guard) -> None:
        schemes = contract.schemes.values()
        in_headers = {s.header.lower().encode() for s in schemes if s.place == "header"}
        self._contract = contract
        parameters = [p for op in contract.operations for p in op.parameters]
        self._masks: dict[str, str | None] = dict.fromkeys(p.name for p in parameters)
        self._masks |= dict.fromkeys((s.name for s in schemes if s.place == "query"), MASK)
        self._plain = {name for name, mask in self._masks.items() if mask is None}
        own = {p.name.lower().encode() for p in parameters if p.location == "header"}
        self._own = {*_PLAIN, *in_headers, *own}
        self._longest = dict.fromkeys(in_headers, _FORM)
        self._in_headers = frozenset(in_headers)
        self._finder = Finder(guard.tokens, vocabulary(contract.names))

    def log(self, scope: Scope, reply: StubResponse, took: float) -> LoggedRequest:
        """Return the record of a request and its response, with as little work as possible."""
        longest = self._longest.get
        # The start of a request is unknown if it began before the first page was open.
        took = took if STARTED in scope else 0.0
        return LoggedRequest(
            time.time() - took,
            scope["method"][:_LONGEST_VALUE],
            scope["raw_path"][: _LONGEST + 1],
            scope["query_string"][: _LONGEST + 1],
            tuple(
                [
                    (name, value[: longest(name, _LONGEST_VALUE + 1)])
                    for name, value in scope["headers"]
                ]
            ),
            reply.status,
            reply.reason[: _LONGEST + 1],
            took,
            len(reply.body),
            tuple(reply.events),
            scope.get(BODY, b"")[: _LONGEST_BODY + 1],
            reply if len(reply.body) <= _LARGEST_KEPT else None,
        )

    def shown(self, request: LoggedRequest) -> dict[str, Any]:
        """Return a record as JSON for the page."""
        own: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        length = 0
        for name, value in request.headers:
            if name == _LENGTH:
                length = int(value[:16]) if value.isdigit() else 0
            elif name in self._own:
                own.append(self._header(name, value))
            elif len(others) < _MOST_HEADERS:
                others.append(self._header(name, value))
        return {
            "came": round(request.came * 1000),
            "method": request.method,
            "target": self._target(request.path, request.query),
            "headers": own,
            "others": others,
            "body": self._text(request.body),
            "length": length,
            "ignored": self._ignored(request),
            "status": request.status,
            "reason": self._masked(request.reason, _LONGEST),
            "ms": round(request.took * 1000, 1),
            "size": request.size,
            "events": request.events,
        }

    def exchange(self, request: LoggedRequest) -> Exchange:
        """Return the exchange of a record; raise ErrorResponse if it is not one to repeat."""
        reply = request.reply
        if reply is None or not reply.status:
            what = "its response is not kept" if reply is None else "it got no response"
            raise ErrorResponse(_CONFLICT, "Scenario cannot be written", what)
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in reply.headers)
        target = self._target(request.path, request.query)
        body = reply.body.decode("utf-8", "replace")
        found = exchange(self._contract, request.method, target, reply.status, headers, body)
        drop = None if reply.cut is None else reply.cut / max(1, len(reply.body))
        return replace(found, delay=reply.delay, drop=drop)

    def _header(self, name: bytes, value: bytes) -> tuple[str, str]:
        plain, text = name.decode("latin-1"), value.decode("latin-1")
        if name in self._in_headers:
            return plain, _credential(text)
        if name not in self._own and is_secret(plain):
            return plain[:_LONGEST_VALUE], HIDDEN
        text = without_named_secrets(text, self._plain)
        return plain[:_LONGEST_VALUE], self._masked(text, _LONGEST_VALUE)

    def _text(self, body: bytes) -> str:
        """Return the beginning of a body, without secrets."""
        text = self._masked(body.decode("utf-8", "replace"), _LONGEST_BODY)
        return without_named_secrets(text, self._plain)

    def _ignored(self, request: LoggedRequest) -> list[str]:
        """Return the query parameters of a request that the contract does not know."""
        if not request.query:
            return []
        path, query = request.path.decode("latin-1"), request.query.decode("latin-1")
        found = self._contract.nearest(request.method, path)
        sent = grouped(query_pairs(query))
        names = unknown_parameters(found[0], sent) if found is not None else []
        return [self._masked(name, _LONGEST_VALUE) for name in names[:_MOST_HEADERS]]

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
