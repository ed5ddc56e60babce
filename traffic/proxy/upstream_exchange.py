"""The hop to the upstream: a request is sent on, and the answer begins."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from ...conformance.http.exchange import FailureKind
from ...conformance.http.wire import WireError
from .messages import CHUNK, MessageStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from .proxied_request import ProxiedRequest
    from .upstream import Upstream

_REPEATABLE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_SWITCHING = 101

UpstreamError = (OSError, h11.ProtocolError)
"""What a connection that is of no more use raises."""


@dataclass(slots=True)
class UpstreamResponse:
    """An answer whose beginning is there.

    `sending` is the rest of the request, where it is still on its way. `head` has the status 101
    where the connection goes on with another protocol.
    """

    wire: MessageStream
    head: h11.Response | h11.InformationalResponse
    sending: asyncio.Task[None] | None = None

    async def end(self, upstream: Upstream) -> None:
        """Give the connection back, or close it where something is left of the exchange."""
        if self.sending is not None:
            if not self.sending.done():
                self.sending.cancel()
            with suppress(asyncio.CancelledError, *UpstreamError):
                await self.sending
        upstream.give_back(self.wire)


async def ask(
    upstream: Upstream,
    asked: ProxiedRequest,
    body: Sequence[h11.Event],
    meanwhile: Callable[[], None] = lambda: None,
) -> UpstreamResponse:
    """Send a request whose body is known, and give the beginning of the answer.

    Raises WireError where none comes. A connection that was kept may have been closed meanwhile:
    what may be repeated is then sent again on a new one. `meanwhile` is called while the upstream
    is at work, so that nobody is held up by it.
    """
    repeatable = asked.request.method in _REPEATABLE
    wire = await upstream.lease(fresh=not repeatable)
    while True:
        try:
            await _send(wire, asked, body)
            meanwhile()
            return UpstreamResponse(wire, await _head(wire))
        except UpstreamError as error:
            wire.close()
            if not (repeatable and wire.reused and not wire.begun):
                raise broken(error, wire) from None
        except BaseException:
            wire.close()
            raise
        wire = await upstream.lease(fresh=True)


async def ask_streaming(
    upstream: Upstream, asked: ProxiedRequest, body: AsyncIterator[h11.Event]
) -> UpstreamResponse:
    """Send a request whose body is still coming, and give the beginning of the answer."""
    wire = await upstream.lease(fresh=True)
    try:
        await _send(wire, asked, ())
        sending = asyncio.create_task(_send_rest(wire, body))
        return UpstreamResponse(wire, await _head(wire), sending)
    except UpstreamError as error:
        wire.close()
        raise broken(error, wire) from None
    except BaseException:
        wire.close()
        raise


async def _send(wire: MessageStream, asked: ProxiedRequest, body: Sequence[h11.Event]) -> None:
    request = asked.request
    head = h11.Request(method=request.method, target=request.target, headers=asked.headers)
    await wire.send(head, *body)


async def _send_rest(wire: MessageStream, body: AsyncIterator[h11.Event]) -> None:
    async for event in body:
        await wire.send(event)


async def _head(wire: MessageStream) -> h11.Response | h11.InformationalResponse:
    while True:
        event = await wire.event()
        if isinstance(event, h11.Response):
            return event
        if isinstance(event, h11.InformationalResponse) and event.status_code == _SWITCHING:
            return event
        if not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("no answer came")


async def stream(wire: MessageStream, client: MessageStream) -> None:
    """Pass the body of an answer on as it comes, to its end."""
    while True:
        event = await wire.event()
        if not isinstance(event, h11.Data | h11.EndOfMessage):
            raise h11.RemoteProtocolError("the answer ended in the middle")
        await client.send(event)
        if isinstance(event, h11.EndOfMessage):
            return


async def tunnel(client: MessageStream, wire: MessageStream) -> None:
    """Pass bytes on both ways, whatever they mean, until one side ends."""
    client.writer.write(wire.http.trailing_data[0])
    wire.writer.write(client.http.trailing_data[0])
    ways = [
        asyncio.create_task(_copy(client.reader, wire.writer)),
        asyncio.create_task(_copy(wire.reader, client.writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()


def broken(error: BaseException, wire: MessageStream) -> WireError:
    """Say why a connection gave no answer, or no whole one."""
    if wire.reader.at_eof() or isinstance(error, OSError):
        if wire.begun:
            message = "The connection was closed in the middle of the answer."
            return WireError(FailureKind.TRUNCATED, message)
        message = "The connection was closed before any byte of an answer."
        return WireError(FailureKind.DROPPED, message)
    return WireError(FailureKind.MALFORMED, "The answer is no HTTP: {quoted}.", str(error))
