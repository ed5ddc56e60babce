"""A server with a fault or a freedom: an application around the stub's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..http.incoming_body import receive_body, received_again
from ..response import FORGETS, ConnectionCut, drop, gone_within
from .call import Call, Response
from .context import Memory, Stub

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from .fault import Fault
    from .freedoms import Freedom
    from .places import Places

    Report: TypeAlias = Callable[[Call, Response, Response], Response]


class Faulty:
    """The stub with a fault or a freedom, as an ASGI application.

    `token` is one that the stub accepts. `fault` may be replaced between requests; `reset` forgets
    what was counted and remembered.
    """

    def __init__(
        self, app: ASGIApp, contract: Contract, fault: Fault | Freedom | None, token: str
    ) -> None:
        self.app, self.contract, self.fault, self.token = app, contract, fault, token
        self._places: dict[str, Places] = {}
        self.reset()

    def reset(self) -> None:
        """Return to the state of a server that has just started."""
        self._count = 0
        self._memory = Memory()

    @property
    def touched(self) -> int:
        """How many responses a freedom changed."""
        return self._memory.touched

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, report: Report | None = None
    ) -> None:
        """Serve one connection of ASGI.

        `report` gets the response, and the one that the stub without the fault has. It returns the
        response to send.
        """
        found = self._operation(scope)
        if self.fault is None or found is None:
            await self.app(scope, receive, send)
            return
        self._count += 1
        operation, path = found
        call = Call(
            contract=self.contract,
            operation=operation,
            method=scope["method"],
            path=path,
            pairs=tuple(filter(None, scope["query_string"].decode("latin-1").split("&"))),
            headers=tuple(scope["headers"]),
            body=await receive_body(scope["headers"], receive),
            count=self._count,
            peer=scope.get("client"),
        )
        self._memory.latest = call
        inner = _Inner(self.app, self.contract.base_path, scope)
        stub = Stub(self.contract, self.token, inner.ask, self._memory, self._places)
        # Before the other one, which may store what the request creates.
        own = await stub.ask(replace(call, forgets=True)) if report is not None else None
        response = await self.fault.behaviour(call, stub)
        self._memory.answered(call)
        if call.token == self.token:
            self._memory.remember(("admitted", call.peer), True)
        if report is not None and own is not None:
            response = report(call, response, own)
        await _send(response, scope, receive, send)

    def is_for(self, scope: Scope) -> bool:
        """Whether a request is for a path of the contract, so that a fault can show."""
        return self._operation(scope) is not None

    def _operation(self, scope: Scope) -> tuple[Operation, str] | None:
        """Return the operation of a request, or another one of its path, and the raw path."""
        if scope["type"] != "http" or scope["method"] == "OPTIONS":
            return None
        raw = (scope.get("raw_path") or b"").decode("latin-1")
        found = self.contract.nearest(scope["method"], raw)
        return (found[0], raw[len(self.contract.base_path) :]) if found is not None else None


@dataclass(slots=True)
class _Inner:
    """Sends requests to the wrapped application, on the connection of one request."""

    app: ASGIApp
    base: str
    scope: Scope

    async def ask(self, call: Call) -> Response:
        raw = f"{self.base}{call.path}"
        scope = {
            **self.scope,
            "method": call.method,
            "path": unquote(raw),
            "raw_path": raw.encode("latin-1"),
            "query_string": "&".join(call.pairs).encode("latin-1"),
            "headers": list(call.headers),
            FORGETS: call.forgets,
            "extensions": dict(self.scope.get("extensions") or {}),
        }
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, received_again(call.body), send)
        start = next(m for m in sent if m["type"] == "http.response.start")
        data = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
        return Response(start["status"], tuple(start.get("headers", ())), data)


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if response.delay and await gone_within(response.delay, receive):
        return
    if response.dropped:
        await drop(scope, send)
        raise ConnectionCut
    headers = [header for header in response.headers if header[0] != b"content-length"]
    if response.status != 204:  # noqa: PLR2004 - it has no body
        headers.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
    elif response.cut is not None:
        cut = response.body[: response.cut]
        await send({"type": "http.response.body", "body": cut, "more_body": True})
        raise ConnectionCut
    else:
        await send({"type": "http.response.body", "body": response.body})
