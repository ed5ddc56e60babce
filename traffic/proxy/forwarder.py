"""The forwarder: receives every request, and streams those outside the contract."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ...conformance.http.wire import WireError, size
from . import responses, websocket
from .admission import Refusal, refusal
from .clients import SILENCE, chunks
from .operations import Operations
from .proxied_request import ProxiedRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp
    from aiohttp import web

    from .live import LiveJudge
    from .operations import Policy
    from .own_responses import OwnResponses
    from .upstream import Upstream

MOST_SENT = 1024 * 1024
"""Bytes of a request's body that are read whole; a larger request is passed on unjudged."""
_TOO_LARGE = Refusal(413, f"A request to an operation has at most {size(MOST_SENT)}.")
_OTHER_SPELLING = Refusal(
    400, "Some servers read this path as that of an operation: write it as the contract does."
)
_TOO_SLOW = Refusal(408, f"No part of the body came for {SILENCE:g} s.")


class Forwarder:
    """Handles the requests of clients."""

    def __init__(
        self, upstream: Upstream, live: LiveJudge, own: OwnResponses, policy: Policy
    ) -> None:
        self._upstream, self._live, self._own, self._policy = upstream, live, own, policy
        # Another proxy of this kind may stand on the way.
        self._pseudonym = f"ruangkerja-{secrets.token_hex(4)}"
        self._operations = Operations(upstream, live, own, policy)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Respond to a request."""
        refused = refusal(request, self._upstream.target.url, self._pseudonym)
        if refused is not None:
            return self._own.refused(refused)
        proxied = ProxiedRequest.of(request, self._live, self._pseudonym)
        if self._policy.enforce and self._live.is_another_spelling(proxied.request.target):
            return self._own.refused(_OTHER_SPELLING)
        try:
            return await self._respond(request, proxied)
        except WireError as error:
            return self._own.unanswered(self._upstream.target, error, proxied)
        except TimeoutError:
            return self._own.refused(_TOO_SLOW)

    async def _respond(
        self, request: web.BaseRequest, proxied: ProxiedRequest
    ) -> web.StreamResponse:
        if proxied.judged or (proxied.operation is not None and self._policy.fallback):
            return await self._respond_whole(request, proxied)
        if websocket.is_asked_for(request):
            return await websocket.relay(request, proxied, self._upstream)
        body = chunks(request.content) if request.body_exists else None
        return await self._stream(request, proxied, body)

    async def _respond_whole(
        self, request: web.BaseRequest, proxied: ProxiedRequest
    ) -> web.StreamResponse:
        body, is_whole = await _read(request.content)
        if is_whole:
            return await self._operations.respond(request, proxied, body)
        self._live.unjudged += proxied.judged
        if self._policy.enforce and proxied.judged:
            return self._own.refused(_TOO_LARGE)
        return await self._stream(request, proxied, _chained(body, request.content))

    async def _stream(
        self, request: web.BaseRequest, proxied: ProxiedRequest, body: AsyncIterator[bytes] | None
    ) -> web.StreamResponse:
        interim = responses.interim(request)
        async with await self._upstream.send(proxied, body, interim) as upstream:
            return await responses.stream(request, upstream)


async def _read(content: aiohttp.StreamReader) -> tuple[bytes, bool]:
    """Read a body, but not much of a large one; tell whether that is all of it."""
    body = bytearray()
    async for chunk in chunks(content):
        body += chunk
        if len(body) > MOST_SENT:
            return bytes(body), False
    return bytes(body), True


async def _chained(beginning: bytes, rest: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    yield beginning
    async for chunk in chunks(rest):
        yield chunk
