"""WebSockets pass through the proxy, whoever speaks first and whoever closes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from .test_proxy import proxying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


CODES = web.AppKey("codes", asyncio.Queue[int])


async def echo(request: web.Request) -> web.StreamResponse:
    if "Cookie" not in request.headers:
        raise web.HTTPForbidden(headers={"X-Why": "no cookie"})
    socket = web.WebSocketResponse(protocols=["chat"])
    await socket.prepare(request)
    await socket.send_str("welcome")
    async for message in socket:
        if message.data == "bye":
            await socket.close(code=4002)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data[::-1])
        else:
            await socket.send_bytes(message.data * 2)
    await request.app[CODES].put(socket.close_code or 0)
    return socket


def with_proxy(
    test: Callable[[aiohttp.ClientSession, str, asyncio.Queue[int]], Awaitable[None]],
) -> None:
    async def run() -> None:
        app = web.Application()
        app[CODES] = asyncio.Queue()
        app.router.add_get("/live", echo)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            with proxying(url) as proxy:
                async with aiohttp.ClientSession() as session:
                    await test(session, f"{proxy.url}/live", app[CODES])
        finally:
            await runner.cleanup()

    asyncio.run(run())


def test_messages_pass_both_ways() -> None:
    async def test(session: aiohttp.ClientSession, url: str, codes: asyncio.Queue[int]) -> None:
        headers = {"Cookie": "a=b"}
        async with session.ws_connect(url, headers=headers, protocols=["chat", "x"]) as socket:
            assert socket.protocol == "chat"
            assert await socket.receive_str() == "welcome"
            await socket.send_str("abc")
            assert await socket.receive_str() == "cba"
            await socket.send_bytes(b"\0\xff")
            assert await socket.receive_bytes() == b"\0\xff\0\xff"
            await socket.close(code=4001)
        assert await codes.get() == 4001

    with_proxy(test)


def test_the_server_may_close() -> None:
    async def test(session: aiohttp.ClientSession, url: str, _: asyncio.Queue[int]) -> None:
        async with session.ws_connect(url, headers={"Cookie": "a=b"}) as socket:
            assert await socket.receive_str() == "welcome"
            await socket.send_str("bye")
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 4002

    with_proxy(test)


def test_a_refused_handshake_is_passed_on() -> None:
    async def test(session: aiohttp.ClientSession, url: str, _: asyncio.Queue[int]) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
            await session.ws_connect(url)
        assert raised.value.status == 403
        assert raised.value.headers is not None
        assert raised.value.headers["X-Why"] == "no cookie"

    with_proxy(test)
