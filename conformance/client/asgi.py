"""Requests to an ASGI application of this process, without a port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...mock.http.incoming_body import received_again
from ...mock.response import ConnectionCut

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from ..http.exchange import Request
    from ..http.target import Target


async def asked(app: ASGIApp, target: Target, request: Request) -> tuple[list[Message], bool]:
    """Return what an application sends, and whether it ends the connection after that."""
    path, _, query = request.target.partition(b"?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": target.scheme,
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers
        ],
        "client": (target.host, 1),
        "server": (target.host, target.port),
        "extensions": {},
    }
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await app(scope, received_again(request.body), send)
    except ConnectionCut:
        return sent, True
    return sent, False
