"""The responses of the control interface, routed and read by its own openapi.yaml."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...spec.contract import Contract, read
from ...spec.describing import actual, joined, nearest
from ...spec.documents.pointers import join
from ...spec.documents.problems import SourceError
from ...spec.documents.source import Source
from ...spec.parameters.received import grouped, query_pairs
from ..access import cors
from ..access.loopback import is_from_here, is_loopback
from ..http.error_response import ErrorResponse
from ..http.incoming_body import receive_body
from ..http.request_parser import IncomingRequest, ParameterParser
from ..response import StubResponse
from ..scenarios.assigned import TooManyError
from .shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.types import Receive, Scope

    from ...spec.documents.problems import Problem
    from ...spec.model.operation import Operation
    from ..access.own_pages import OwnPages
    from ..access.security import Guard
    from ..scenarios.assigned import Assigned
    from ..settings import Settings
    from .control import Control

DOCUMENT = Path(__file__).with_name("openapi.yaml")
"""What the interface consists of."""
PREFIX = "/-/"

_FOUND, _NO_CONTENT = 200, 204
_BAD, _FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED, _CONFLICT, _SEVERAL = 400, 403, 404, 405, 409, 501
_UNAVAILABLE = "Control interface is not available"
_ORIGINS = "--control-origin ORIGIN lets pages of an origin use the control interface"
_PROBLEM = "application/problem+json"


class _Call(NamedTuple):
    """A request to the interface; `masked` says that its sender may not see credentials."""

    values: Mapping[str, Any]
    body: bytes
    masked: bool

    @property
    def id(self) -> str:
        """The id in the path."""
        return str(self.values["id"])

    @property
    def filters(self) -> dict[str, Any]:
        """The parameters as the journal takes them."""
        times = {"since", "until"}
        return {
            name: _seconds(name, value) if name in times else value
            for name, value in self.values.items()
        }


def _seconds(name: str, time: str) -> float:
    try:
        return datetime.fromisoformat(time.upper()).timestamp()
    except (ValueError, OverflowError):  # such as a leap second
        detail = f"query parameter {name} is {actual(time)}; expected a time without a leap second"
        raise ErrorResponse(_BAD, f"{name} is not valid", detail) from None


class Interface:
    """The responses of the control interface of one process."""

    def __init__(
        self,
        control: Control,
        contract: Contract,
        guard: Guard,
        settings: Settings,
        own_pages: OwnPages,
    ) -> None:
        self._control, self._served = control, contract
        self._guard, self._settings, self._own_pages = guard, settings, own_pages
        self._origins = {origin.encode() for origin in settings.control_origins}
        self._actions: Mapping[str, Callable[[_Call], Any]] = {
            "getDocumentAsJson": lambda _: self._contract.document,
            "listRequests": self._list,
            "clearRequests": lambda call: {"count": control.journal.clear(**call.filters)},
            "countRequests": lambda call: {"count": control.journal.count(**call.filters)},
            "listScenarios": self._scenarios,
            "clearScenarios": lambda _: {"count": control.clear()},
            "setScenario": self._set,
            "getScenario": self._get,
            "removeScenario": lambda call: {"count": int(control.remove(call.id))},
            "listStored": lambda _: {"count": len(control.stored), "lists": list(control.stored)},
            "clearStored": lambda call: {"count": control.stored.clear(**call.filters)},
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

    async def reply(self, scope: Scope, receive: Receive) -> StubResponse | None:
        """Return the response to a request, None if its path is not one below `/-/`."""
        path = scope["raw_path"].decode("latin-1")
        if not path.startswith(PREFIX):
            return None
        path = path.removeprefix(self._contract.base_path)
        found = {each[0].method: each for each in self._contract.routes.at(path)}
        if not found:
            return _problem(self._missing(path))
        headers = scope["headers"]
        origin = next((value for name, value in headers if name == b"origin"), None)
        try:
            self._check(headers, origin)
            reply = await self._routed(scope, receive, found)
        except ErrorResponse as error:
            reply = _problem(error)
        if origin in self._origins:
            reply.headers = (*reply.headers, *cors.readable(origin))
        return reply

    def _missing(self, path: str) -> ErrorResponse:
        base = self._contract.base_path
        near = nearest(path, [each.path for each in self._contract.operations])[0]
        detail = f"nothing is at {actual(base + path)}; the most similar is {base}{near}"
        return ErrorResponse(_NOT_FOUND, "Path is not found", detail)

    def _check(self, headers: Iterable[tuple[bytes, bytes]], origin: bytes | None) -> None:
        """Raise ErrorResponse for a request that may not use the interface."""
        if origin in self._origins:
            self._own_pages.check_name(headers)
        else:
            try:
                self._own_pages.check(headers)
            except ErrorResponse as error:
                more = "" if origin is None else f"; {_ORIGINS}"
                raise ErrorResponse(_FORBIDDEN, _UNAVAILABLE, f"{error.detail}{more}") from None
        if not self._settings.remote_control and not self._is_local(headers):
            detail = (
                "the control interface is for this machine; --remote-control opens it to others"
            )
            raise ErrorResponse(_FORBIDDEN, _UNAVAILABLE, detail)
        if (workers := self._settings.workers) > 1:
            detail = (
                f"each of the {workers} workers would have requests of its own; use --workers 1"
            )
            raise ErrorResponse(_SEVERAL, _UNAVAILABLE, detail)

    def _is_local(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return is_loopback(self._settings.host) and is_from_here(headers)

    async def _routed(
        self,
        scope: Scope,
        receive: Receive,
        found: Mapping[str, tuple[Operation, Mapping[str, str]]],
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
        body = b"" if operation.body is None else await receive_body(headers, receive)
        call = _Call(values, body, masked)
        action = self._actions[operation.id]
        # In a thread: a scenario takes long to check, and others wait for their responses.
        found_ = action(call) if operation.body is None else await asyncio.to_thread(action, call)
        return _json(_FOUND, found_)

    def _list(self, call: _Call) -> Any:
        last = self._control.journal.last
        found = self._control.journal.matching(**call.filters)
        return {
            "count": len(found),
            "last": last,
            "requests": [self._shown.of(each, masked=call.masked) for each in found],
        }

    def _scenarios(self, _call: _Call) -> Any:
        found = [_value(each) for each in self._control.scenarios]
        return {"count": len(found), "scenarios": found}

    def _set(self, call: _Call) -> Any:
        try:
            return _value(self._control.use(call.id, call.body))
        except SourceError as error:
            raise _InvalidScenario(error) from None
        except TooManyError as error:
            raise ErrorResponse(_CONFLICT, "Too many scenarios are set", str(error)) from None

    def _get(self, call: _Call) -> Any:
        assigned = self._control.scenarios.get(call.id)
        if assigned is None:
            detail = f"no scenario is set for the id {actual(call.id)}"
            raise ErrorResponse(_NOT_FOUND, "Scenario is not found", detail)
        return _value(assigned)


class _InvalidScenario(ErrorResponse):
    """The response to a scenario with mistakes, which has each of them with its place."""

    def __init__(self, error: SourceError) -> None:
        self.errors = [
            {
                "place": join(each.place),
                "message": ". ".join(filter(None, (_sentence(each), each.hint))),
            }
            for each in error.problems
        ]
        texts = [": ".join(filter(None, each.values())) for each in self.errors]
        super().__init__(_BAD, "Scenario is not valid", "; ".join(texts))


def _sentence(problem: Problem) -> str:
    """Return what is wrong: a problem calls the scenario a file, or leaves it out."""
    if problem.what.startswith(("is ", "has ")):
        return f"the scenario {problem.what}"
    return problem.what.replace("the file", "the scenario", 1)


def _value(assigned: Assigned) -> dict[str, Any]:
    return {"id": assigned.id, "scenario": assigned.value}


def _check_names(operation: Operation, query: bytes) -> None:
    """Raise ErrorResponse for a parameter that does not exist: it would filter nothing."""
    known = [parameter.name for parameter in operation.located("query")]
    received = grouped(query_pairs(query.decode("latin-1")))
    for name in received:
        if name not in operation.listed(received):
            there = f"the parameters are {joined(known, 'and')}" if known else "there are none"
            detail = f"query parameter {actual(name)} does not exist; {there}"
            raise ErrorResponse(_BAD, "Parameter does not exist", detail)


def _json(status: int, value: Any) -> StubResponse:
    return StubResponse.of(status, json.dumps(value).encode(), "application/json")


def _problem(error: ErrorResponse) -> StubResponse:
    value = {"title": error.title, "status": error.status, "detail": error.detail}
    if isinstance(error, _InvalidScenario):
        value["errors"] = error.errors
    return StubResponse.of(
        error.status, json.dumps(value).encode(), _PROBLEM, more=error.headers, reason=error.detail
    )
