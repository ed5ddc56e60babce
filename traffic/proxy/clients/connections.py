"""The connections of clients: none is held for ever, and none that is held locks others out."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import aiohttp
    from aiohttp import web
    from aiohttp.web_protocol import RequestHandler

MOST_CONNECTIONS = 512
"""Connections of clients at one time; requests on more are refused, unless some are idle."""
IDLE = 75.0
"""Seconds until the head of a request has to be complete, and until the next one begins."""
SILENCE = 120.0
"""Seconds that a side may be silent while a message is under way."""
LINGERING = 2.0
"""Seconds that the rest of a refused body is read, so that the client sees the response."""
_TRIMMED_EVERY = 0.5
# Bytes that a client reads in a second, at least.
_SLOWEST = 64 * 1024


class Clients:
    """Knows which connections of a server are serving a request, and which have served one."""

    def __init__(self) -> None:
        self.server: web.Server | None = None
        self._busy: set[RequestHandler] = set()
        # The last one that was used is the last one here.
        self._used: dict[RequestHandler, None] = {}

    @contextmanager
    def serving(self, request: web.BaseRequest) -> Iterator[bool]:
        """Serve a request; tell whether there is room for its connection."""
        connection = request.protocol
        self._busy.add(connection)
        try:
            yield self.trim()
        finally:
            self._busy.discard(connection)
            self._used.pop(connection, None)
            self._used[connection] = None

    def trim(self) -> bool:
        """Close the connections that have been idle the longest if there are too many.

        Those without a request yet are the first. Return whether that was enough.
        """
        connections = self.server.connections if self.server is not None else []
        surplus = len(connections) - MOST_CONNECTIONS
        if surplus <= 0:
            return True
        idle = [each for each in connections if each not in self._busy]
        places = {each: place for place, each in enumerate(self._used)}
        idle.sort(key=lambda each: places.get(each, -1))
        for connection in idle[:surplus]:
            connection.force_close()
        return len(idle) >= surplus

    async def keep_trimmed(self) -> None:
        """Trim again and again, as connections without a request count, too."""
        while True:
            await asyncio.sleep(_TRIMMED_EVERY)
            self.trim()
            there = set(self.server.connections if self.server is not None else ())
            self._used = {each: None for each in self._used if each in there}


async def send(request: web.BaseRequest, response: web.Response) -> web.StreamResponse:
    """Send a whole response; raise ConnectionResetError if the client does not read it."""
    size = len(response.body) if isinstance(response.body, bytes) else 0
    async with taking(request, size):
        await response.prepare(request)
        await response.write_eof()
    return response


@asynccontextmanager
async def taking(request: web.BaseRequest, size: int = 0) -> AsyncIterator[None]:
    """Break a connection off if the client does not take what is written, of this size, in time."""
    try:
        async with asyncio.timeout(SILENCE + size / _SLOWEST):
            yield
    except TimeoutError as error:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the client did not read the response in time") from error


async def chunks(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield a body as it comes. Raises TimeoutError if the client is silent for too long."""
    while True:
        async with asyncio.timeout(SILENCE):
            chunk = await content.readany()
        if not chunk:
            return
        yield chunk
