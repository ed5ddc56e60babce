"""The responses of the control interface, routed and read by its own openapi.yaml."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from ...spec.contract import Contract, read
from ...spec.describing import actual, joined
from ...spec.source import Source
from ..http import cors
from ..http.error_response import ErrorResponse
from ..http.loopback import is_from_here, is_loopback
from ..http.request_parser import IncomingRequest, ParameterParser
from ..response import StubResponse
from .journal import Journal
from .shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.types import Scope

    from ...spec.model import Operation
    from ..http.own_pages import OwnPages
    from ..http.security import Guard
    from ..responder import Responder
    from ..settings import Settings

DOCUMENT = Path(__file__).with_name("openapi.yaml")
"""What the interface consists of."""
PREFIX = "/-/"

_FOUND, _NO_CONTENT = 200, 204
_BAD, _FORBIDDEN, _NOT_ALLOWED, _SEVERAL = 400, 403, 405, 501
_PROBLEM = "application/problem+json"


class _Call(NamedTuple):
    """A request to the interface; `masked` says that its sender may not see credentials."""

    values: Mapping[str, Any]
    masked: bool

    @property
    def filters(self) -> dict[str, Any]:
        """The parameters as the journal takes them."""
        times = {"since", "until"}
        return {
            name: datetime.fromisoformat(value).timestamp() if name in times else value
            for name, value in self.values.items()
        }


class Control:
    """The control interface of one process, and the state that it shows and sets."""

    def __init__(
        self, responder: Responder, guard: Guard, settings: Settings, own_pages: OwnPages
    ) -> None:
        self.journal = Journal()
        self._served, self._guard, self._settings = responder.contract, guard, settings
        self._own_pages = own_pages
        self._origins = {origin.encode() for origin in settings.control_origins}
        self._actions: Mapping[str, Callable[[_Call], Any]] = {
            "getDocumentAsJson": lambda _: self._contract.document,
            "listRequests": self._list,
            "clearRequests": lambda call: {"count": self.journal.clear(**call.filters)},
            "countRequests": lambda call: {"count": self.journal.count(**call.filters)},
        }

    @cached_property
    def _contract(self) -> Contract:
        # Read when it is needed first. The tests check it against OpenAPI.
        return read(Source.read(DOCUMENT), self._served.register, trusted=True)

    @cached_property
    def _parsers(self) -> dict[str, ParameterParser]:
        return {each.id: ParameterParser(each) for each in self._contract.operations}

    @cached_property
    def _shown(self) -> Shown:
        return Shown(self._served, self._guard)

    def reply(self, scope: Scope) -> StubResponse | None:
        """Return the response to a request, None if the interface has nothing at its path."""
        path = scope["raw_path"].decode("latin-1")
        if not path.startswith(PREFIX):
            return None
        path = path.removeprefix(self._contract.base_path)
        found = {each[0].method: each for each in self._contract.routes.at(path)}
        if not found:
            return None
        headers = scope["headers"]
        origin = next((value for name, value in headers if name == b"origin"), None)
        try:
            self._check(headers, origin)
            reply = self._routed(scope, found)
        except ErrorResponse as error:
            reply = _problem(error)
        if origin in self._origins:
            reply.headers = (*reply.headers, *cors.readable(origin))
        return reply

    def _check(self, headers: Iterable[tuple[bytes, bytes]], origin: bytes | None) -> None:
        """Raise ErrorResponse for a request that may not use the interface."""
        if origin in self._origins:
            self._own_pages.check_name(headers)
        else:
            self._own_pages.check(headers)
        if not self._settings.remote_control and not self._is_local(headers):
            detail = (
                "the control interface is for this machine; --remote-control opens it to others"
            )
            raise ErrorResponse(_FORBIDDEN, "Control interface is not available", detail)
        if (workers := self._settings.workers) > 1:
            detail = (
                f"each of the {workers} workers would have requests of its own; use --workers 1"
            )
            raise ErrorResponse(_SEVERAL, "Control interface is not available", detail)

    def _is_local(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return is_loopback(self._settings.host) and is_from_here(headers)

    def _routed(
        self, scope: Scope, found: Mapping[str, tuple[Operation, Mapping[str, str]]]
    ) -> StubResponse:
        headers, method = scope["headers"], scope["method"]
        if method == "OPTIONS":
            allowed = (b"allow", ", ".join(found).encode())
            return StubResponse(_NO_CONTENT, (allowed, *cors.preflight(headers, list(found))), b"")
        operation, names = found.get("GET" if method == "HEAD" else method, (None, {}))
        if operation is None:
            names_ = ", ".join(found)
            detail = f"{actual(method)} is not allowed here; expected {names_}"
            raise ErrorResponse(
                _NOT_ALLOWED, "Method is not allowed", detail, headers=(("Allow", names_),)
            )
        _check_names(operation, scope["query_string"])
        incoming = IncomingRequest(method, names, scope["query_string"], headers)
        values = self._parsers[operation.id].read(incoming).values
        if operation.id == "getDocumentAsYaml":
            return StubResponse.of(_FOUND, DOCUMENT.read_bytes(), "application/yaml")
        masked = not self._is_local(headers) or any(
            name == b"origin" and value in self._origins for name, value in headers
        )
        return _json(_FOUND, self._actions[operation.id](_Call(values, masked)))

    def _list(self, call: _Call) -> Any:
        last = self.journal.last
        found = self.journal.matching(**call.filters)
        return {
            "count": len(found),
            "last": last,
            "requests": [self._shown.of(each, masked=call.masked) for each in found],
        }


def _check_names(operation: Operation, query: bytes) -> None:
    """Raise ErrorResponse for a parameter that does not exist: it would filter nothing."""
    known = [parameter.name for parameter in operation.located("query")]
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            there = f"the parameters are {joined(known, 'and')}" if known else "there are none"
            detail = f"query parameter {actual(name)} does not exist; {there}"
            raise ErrorResponse(_BAD, "Parameter does not exist", detail)


def _json(status: int, value: Any) -> StubResponse:
    return StubResponse.of(status, json.dumps(value).encode(), "application/json")


def _problem(error: ErrorResponse) -> StubResponse:
    value = {"title": error.title, "status": error.status, "detail": error.detail}
    return StubResponse.of(
        error.status, json.dumps(value).encode(), _PROBLEM, more=error.headers, reason=error.detail
    )
