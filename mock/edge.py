"""The edge: what surrounds every exchange, whoever answers it.

It reads the request, adds CORS, answers OPTIONS and HEAD, turns refusals and mistakes into errors
of the contract, and sends. Nothing that goes wrong further in gets past it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from . import cors
from .bodies import LARGEST
from .reading import Incoming
from .refusal import Refusal
from .reply import Reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..spec.model import Operation
    from .responder import Responder
    from .settings import Settings

log = logging.getLogger("ruangkerja.mock")

_TOO_LARGE, _INTERNAL = 413, 500
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


class ConnectionCut(Exception):  # noqa: N818 - asked for by a scenario
    """Ends a connection in the middle of an answer."""


class Edge:
    """The application that the server calls; `inner` routes and secures, and calls `answer`."""

    inner: ASGIApp

    def __init__(self, responder: Responder, settings: Settings) -> None:
        self.responder, self.settings = responder, settings
        self._base = responder.contract.base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            if scope["method"] == "OPTIONS" and self._options(scope) is not None:
                await self._send(scope, send, cast("Reply", self._options(scope)))
                return
            await self.inner(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is the contract's
            await self._send(scope, send, self._failed(scope, error))

    async def answer(
        self, operation: Operation | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request that was let in; without an operation, say what there is."""
        path = self._path(scope)
        names = operation.match(path) if operation and path is not None else None
        if operation is None or names is None:
            raise self._not_routed(scope)
        body = await _read(receive) if operation.body is not None else b""
        incoming = Incoming(
            scope["method"], names, scope["query_string"], tuple(scope["headers"]), body
        )
        try:
            reply = self.responder.answer(operation, incoming)
        except Refusal as refusal:
            reply = self.responder.errors.reply(refusal, operation)
        await self._send(scope, send, reply)

    def _path(self, scope: Scope) -> str | None:
        """Give the path below the contract's server, still encoded; None if it is not there."""
        raw = (scope.get("raw_path") or b"").decode("latin-1")
        if "%" in raw:
            raw = _ESCAPED.sub(_plain, raw)
        if not raw.startswith(f"{self._base}/"):
            return None
        return raw[len(self._base) :]

    def _not_routed(self, scope: Scope) -> Refusal:
        return self.responder.not_routed(scope["method"], self._path(scope), scope["path"])

    def _options(self, scope: Scope) -> Reply | None:
        """Answer OPTIONS, but for a path that is unknown or has an operation for it."""
        path = self._path(scope)
        operations = self.responder.contract.operations
        if path is None or any(op.method == "OPTIONS" and op.match(path) for op in operations):
            return None
        allowed = self.responder.allowed(path)
        asked = cors.preflight(scope["headers"], allowed)
        if not allowed and not asked:
            return None
        # A preflight of a path that does not exist passes, so that the page can read the 404.
        named = ((b"allow", ", ".join(allowed).encode()),) if allowed else ()
        return Reply(204, (*named, *asked), b"")

    def _failed(self, scope: Scope, error: Exception) -> Reply:
        if isinstance(error, ConnectionCut):
            raise error
        refusal = error if isinstance(error, Refusal) else None
        if refusal is None and getattr(error, "status_code", None) in {404, 405}:
            refusal = self._not_routed(scope)
        if refusal is None:
            log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
            refusal = Refusal(
                _INTERNAL, "Something went wrong", "the stub failed; its log says how"
            )
        path = self._path(scope)
        operation = next(
            (
                op
                for op in self.responder.contract.operations
                if path is not None and op.method == _read_as(scope["method"]) and op.match(path)
            ),
            None,
        )
        return self.responder.errors.reply(refusal, operation)

    async def _send(self, scope: Scope, send: Send, reply: Reply) -> None:
        delay = reply.delay + self.settings.latency
        if delay:
            await asyncio.sleep(delay)
        headers = reply.headers
        for name, value in scope["headers"]:
            if name == b"origin":
                headers = (*headers, *cors.headers(value))
        body = b"" if scope["method"] == "HEAD" else reply.body
        await _respond(send, Reply(reply.status, headers, body))


async def _respond(send: Send, reply: Reply) -> None:
    start = {"type": "http.response.start", "status": reply.status, "headers": reply.headers}
    await send(start)
    await send({"type": "http.response.body", "body": reply.body})


def _read_as(method: str) -> str:
    return "GET" if method == "HEAD" else method


def _plain(escaped: re.Match[str]) -> str:
    """Undo an escape that changes nothing (RFC 3986, section 2.3)."""
    letter = unquote(escaped[0], errors="replace")
    return letter if _UNRESERVED.fullmatch(letter) else escaped[0]


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > LARGEST:
            detail = f"the body is larger than {LARGEST} bytes"
            raise Refusal(_TOO_LARGE, "Body is too large", detail)
        if not message.get("more_body", False):
            return bytes(body)
