"""WebSockets: messages are passed on in both directions, and not judged."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

import aiohttp
from aiohttp import WSMsgType, web

from .clients import responses
from .upstream import LARGEST_MESSAGE

if TYPE_CHECKING:
    from .clients.proxied_request import ProxiedRequest
    from .upstream import Upstream

_Socket: TypeAlias = aiohttp.ClientWebSocketResponse | web.WebSocketResponse


def is_asked_for(request: web.BaseRequest) -> bool:
    """Whether a request opens a WebSocket."""
    return request.method == "GET" and request.headers.get("Upgrade", "").lower() == "websocket"


async def relay(
    request: web.BaseRequest, proxied: ProxiedRequest, upstream: Upstream
) -> web.StreamResponse:
    """Open a WebSocket to the upstream, and pass messages on until one side closes.

    Raises WireError if the upstream does not respond.
    """
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    protocols = tuple(each.strip() for each in offered.split(",") if each.strip())
    try:
        server = await upstream.open_websocket(proxied, protocols)
    except aiohttp.WSServerHandshakeError as error:
        headers = [(k.encode(), v.encode()) for k, v in (error.headers or {}).items()]
        kept = [h for h in proxied.passed_back(headers) if h[0].lower() != b"content-length"]
        return responses.whole(error.status, None, kept, b"")
    client = web.WebSocketResponse(
        protocols=[server.protocol] if server.protocol else [],
        autoclose=False,
        autoping=False,
        compress=False,
        max_msg_size=LARGEST_MESSAGE,
    )
    async with server:
        await client.prepare(request)
        ways = {asyncio.ensure_future(_copy(*way)) for way in ((client, server), (server, client))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        # Whoever is closed already ignores this, and the other one gets the same reason.
        await server.close(code=_code(client))
        await client.close(code=_code(server))
    return client


async def _copy(source: _Socket, sink: _Socket) -> None:
    async for message in source:
        match message.type:
            case WSMsgType.TEXT:
                await sink.send_str(message.data)
            case WSMsgType.BINARY:
                await sink.send_bytes(message.data)
            case WSMsgType.PING:
                await sink.ping(message.data)
            case WSMsgType.PONG:
                await sink.pong(message.data)


def _code(closed: _Socket) -> int:
    """Return the code that a socket was closed with; some codes stand for none."""
    code = closed.close_code
    return aiohttp.WSCloseCode.OK if code in {None, 1005, 1006} else code
