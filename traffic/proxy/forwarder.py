"""The forwarder: receives every request, and streams those outside the contract."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from ...conformance.http.wire import WireError, size
from . import websocket
from .clients import responses
from .clients.admission import Admission, Refusal, is_another_spelling
from .clients.browsers import (
    ALLOWED_ORIGIN,
    CrossOrigin,
    is_preflight,
    may_open_websocket,
    preflight,
)
from .clients.connections import SILENCE, chunks
from .clients.proxied_request import ProxiedRequest
from .held import MOST_SENT, Held
from .operations import Operations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp
    from aiohttp import web

    from .live import LiveJudge
    from .own_responses import OwnResponses
    from .serve import ProxyConfig
    from .upstream import Upstream

_TOO_LARGE = Refusal(413, f"A request to an operation has at most {size(MOST_SENT)}.")
_OTHER_SPELLING = Refusal(
    400, "Some servers read this path as that of an operation: write it as the contract does."
)
_OTHER_ORIGIN = Refusal(403, "Pages of other origins open no WebSockets through this proxy.")
_TOO_SLOW = Refusal(408, f"No part of the body came for {SILENCE:g} s.")


class Forwarder:
    """Handles the requests of clients."""

    def __init__(
        self, upstream: Upstream, live: LiveJudge, own: OwnResponses, config: ProxyConfig
    ) -> None:
        self._upstream, self._live, self._own, self._policy = upstream, live, own, config.policy
        # Another proxy of this kind may stand on the way.
        self._pseudonym = f"ruangkerja-{secrets.token_hex(4)}"
        self._admission = Admission(
            config.target, self._pseudonym, config.host, config.allowed_hosts
        )
        self._cross_origin = CrossOrigin(config.connection, enabled=config.policy.cors)
        self._held = Held()
        self._operations = Operations(upstream, live, own, config.policy, self._held)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Respond to a request."""
        refused = self._admission.refusal(request)
        if refused is not None:
            return self._own.refused(refused)
        proxied = ProxiedRequest.of(request, self._live, self._pseudonym)
        is_of_contract = proxied.operation is not None
        allowed = self._cross_origin.allowed(request, is_of_contract=is_of_contract)
        request[responses.ALLOWED] = allowed
        if self._policy.enforce and is_another_spelling(proxied.request.target, self._live):
            return self._own.refused(_OTHER_SPELLING)
        try:
            if allowed and is_preflight(request):
                return await self._preflight(request, proxied, allowed)
            return await self._respond(request, proxied)
        except WireError as error:
            return self._own.unanswered(self._upstream.target, error, proxied)
        except TimeoutError:
            return self._own.refused(_TOO_SLOW)

    def release(self, request: web.BaseRequest) -> None:
        """Forget the body of a request, whose response is sent."""
        self._held.release(request)

    async def _preflight(
        self, request: web.BaseRequest, proxied: ProxiedRequest, allowed: dict[str, str]
    ) -> web.StreamResponse:
        """Let the upstream respond, or the stub, unless they say nothing about other origins."""
        if self._policy.fallback and proxied.operation is not None:
            response = await self._operations.respond(request, proxied, b"")
            is_told = response.prepared or ALLOWED_ORIGIN in response.headers
            return response if is_told else preflight(request, allowed)
        with suppress(WireError):
            async with await self._upstream.send(proxied, None) as upstream:
                if ALLOWED_ORIGIN in upstream.headers:
                    return await responses.stream(request, proxied, upstream)
        return preflight(request, allowed)

    async def _respond(
        self, request: web.BaseRequest, proxied: ProxiedRequest
    ) -> web.StreamResponse:
        if proxied.judged or (proxied.operation is not None and self._policy.fallback):
            return await self._respond_whole(request, proxied)
        if websocket.is_asked_for(request):
            if not may_open_websocket(request):
                return self._own.refused(_OTHER_ORIGIN)
            return await websocket.relay(request, proxied, self._upstream)
        body = chunks(request.content) if request.body_exists else None
        return await self._stream(request, proxied, body)

    async def _respond_whole(
        self, request: web.BaseRequest, proxied: ProxiedRequest
    ) -> web.StreamResponse:
        body, is_whole = await self._read(request)
        if is_whole:
            return await self._operations.respond(request, proxied, body)
        self._live.unjudged += proxied.judged
        if self._policy.enforce and proxied.judged:
            return self._own.refused(_TOO_LARGE)
        return await self._stream(request, proxied, _chained(body, request.content))

    async def _read(self, request: web.BaseRequest) -> tuple[bytes, bool]:
        """Read a body, but not much of a large one; tell whether that is all of it."""
        if not request.body_exists:
            return b"", True
        body = bytearray()
        async for chunk in chunks(request.content):
            body += chunk
            if not self._held.has_room(request, len(chunk)) or len(body) > MOST_SENT:
                return bytes(body), False
        return bytes(body), True

    async def _stream(
        self, request: web.BaseRequest, proxied: ProxiedRequest, body: AsyncIterator[bytes] | None
    ) -> web.StreamResponse:
        interim = responses.interim(request)
        async with await self._upstream.send(proxied, body, interim) as upstream:
            return await responses.stream(request, proxied, upstream)


async def _chained(beginning: bytes, rest: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    yield beginning
    async for chunk in chunks(rest):
        yield chunk
