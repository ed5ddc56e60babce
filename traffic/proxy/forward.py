"""Forwarding: one client's connection, message by message.

What is for no operation of the contract is passed on as it comes, both ways.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import h11

from ...conformance.http.wire import WireError
from . import replies
from .messages import MessageStream, asks_for_upgrade, headers_of
from .operations import Operations, unanswered
from .proxied_request import ProxiedRequest
from .upstream_exchange import UpstreamError, ask, ask_streaming, stream, tunnel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from .live import LiveJudge
    from .operations import Policy
    from .own_responses import OwnResponses
    from .upstream import Upstream

MOST_SENT = 1024 * 1024
"""Bytes of the body of a request that is read whole; a larger one is passed on unjudged."""
IDLE = 75.0
"""Seconds that a connection may be kept without a request."""
_SWITCHING, _NOT_HERE = 101, 501
_OWN_UPGRADE = {b"connection", b"upgrade"}


class Forwarder:
    """Serves the connections of clients."""

    def __init__(
        self, upstream: Upstream, live: LiveJudge, own: OwnResponses, policy: Policy
    ) -> None:
        self._upstream, self._live, self._own, self._policy = upstream, live, own, policy
        self._operations = Operations(upstream, live, own, policy)

    async def serve(self, client: MessageStream) -> None:
        """Serve a connection until one of both sides ends it."""
        with suppress(*UpstreamError):
            while True:
                try:
                    async with asyncio.timeout(IDLE):
                        event = await client.event()
                except TimeoutError:
                    return
                except h11.RemoteProtocolError as error:
                    await self._refuse(client, error.error_status_hint, f"no HTTP: {error}")
                    return
                if not isinstance(event, h11.Request):
                    return
                await self._handle(client, event)
                if not client.next_message():
                    return

    async def _handle(self, client: MessageStream, message: h11.Request) -> None:
        if message.method == b"CONNECT":
            url = self._upstream.target.url
            what = f"this is a proxy for {url} alone: ask it for paths, without CONNECT"
            await self._refuse(client, _NOT_HERE, what)
            return
        asked = ProxiedRequest.of(message, self._live)
        body = _body(client)
        if asks_for_upgrade(message) and not asked.judged:
            await self._upgrade(client, asked, message)
        elif asked.judged or (asked.operation is not None and self._policy.fallback):
            events, is_whole = await _read(body)
            if is_whole:
                await self._operations.answer(client, asked, events)
            else:
                self._live.unjudged += asked.judged
                await self._pass_on(client, asked, _chained(events, body))
        elif asked.has_body:
            await self._pass_on(client, asked, body)
        else:
            await self._pass_on(client, asked, None, [event async for event in body])

    async def _pass_on(
        self,
        client: MessageStream,
        asked: ProxiedRequest,
        coming: AsyncIterator[h11.Event] | None,
        whole: Sequence[h11.Event] = (),
    ) -> None:
        """Pass a request on with its body, which is `coming` or there as a `whole`."""
        try:
            if coming is None:
                begun = await ask(self._upstream, asked, whole)
            else:
                begun = await ask_streaming(self._upstream, asked, coming)
        except WireError as error:
            plain = unanswered(self._own, self._upstream, error, asked)
            await replies.send(client, plain, head=asked.request.method == "HEAD")
            return
        try:
            await client.send(replies.head_of(begun.head))
            await stream(begun.wire, client)
        except BaseException:
            begun.wire.close()
            client.close()  # half an answer is all there is
            raise
        finally:
            await begun.end(self._upstream)

    async def _upgrade(
        self, client: MessageStream, asked: ProxiedRequest, message: h11.Request
    ) -> None:
        """Let a connection go on with another protocol, and stay out of it."""
        asked.headers += [h for h in headers_of(message) if h[0].lower() in _OWN_UPGRADE]
        try:
            begun = await ask(self._upstream, asked, [event async for event in _body(client)])
        except WireError as error:
            await replies.send(client, unanswered(self._own, self._upstream, error, asked))
            return
        try:
            if isinstance(begun.head, h11.InformationalResponse):
                await client.send(
                    h11.InformationalResponse(
                        status_code=_SWITCHING,
                        headers=headers_of(begun.head),
                        reason=begun.head.reason,
                    )
                )
                await tunnel(client, begun.wire)
            else:
                await client.send(replies.head_of(begun.head))
                await stream(begun.wire, client)
        finally:
            begun.wire.close()

    async def _refuse(self, client: MessageStream, status: int, what: str) -> None:
        if client.http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            await replies.send(client, self._own.error(status, "", what, None))


async def _body(client: MessageStream) -> AsyncIterator[h11.Event]:
    while True:
        event = await client.event()
        if not isinstance(event, h11.Data | h11.EndOfMessage):
            raise h11.RemoteProtocolError("the request ended in the middle")
        yield event
        if isinstance(event, h11.EndOfMessage):
            return


async def _read(body: AsyncIterator[h11.Event]) -> tuple[list[h11.Event], bool]:
    """Read a body whole, or as far as it may be large; tell which."""
    events: list[h11.Event] = []
    size = 0
    async for event in body:
        events.append(event)
        size += len(event.data) if isinstance(event, h11.Data) else 0
        if size > MOST_SENT:
            return events, False
    return events, True


async def _chained(
    events: Sequence[h11.Event], rest: AsyncIterator[h11.Event]
) -> AsyncIterator[h11.Event]:
    for event in events:
        yield event
    async for event in rest:
        yield event
