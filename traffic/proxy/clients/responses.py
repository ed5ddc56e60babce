"""Responses to the client, as aiohttp sends them, without the headers that it would add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from aiohttp.http import HttpVersion11

from ..headers import end_to_end, sendable, sendable_reason
from .browsers import allow
from .connections import taking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp.http import RawResponseMessage

    from ..headers import RawHeaders
    from .proxied_request import ProxiedRequest

ALLOWED: web.RequestKey[dict[str, str]] = web.RequestKey("allowed")
"""The headers that let the page behind a request read its response."""

_CONTINUE = 100
_GIVEN: web.ResponseKey[frozenset[str]] = web.ResponseKey("given")
_ADDED = ("Content-Type", "Server")
"""Date stays: a proxy adds it to a response without one (RFC 9110, section 6.6.1)."""


def whole(
    status: int,
    reason: str | None,
    headers: RawHeaders,
    body: bytes,
    more: Mapping[str, str] | None = None,
) -> web.Response:
    """Return a response with its body; `reason` is None for the status's own."""
    sent = sendable(headers)
    sent.extend(more or {})
    response = web.Response(status=status, reason=reason, headers=sent, body=body or None)
    _mark(response)
    return response


async def stream(
    request: web.BaseRequest,
    proxied: ProxiedRequest,
    upstream: aiohttp.ClientResponse,
    beginning: bytes = b"",
) -> web.StreamResponse:
    """Pass a response on as it comes; `beginning` is what was read of its body.

    Raises ConnectionResetError if either side breaks off, so that the client's connection is closed
    after half a response.
    """
    headers = sendable(proxied.passed_back(upstream.raw_headers))
    response = web.StreamResponse(
        status=upstream.status, reason=sendable_reason(upstream.reason or ""), headers=headers
    )
    _mark(response)
    try:
        async with taking(request):
            await response.prepare(request)
            if beginning:
                await response.write(beginning)
        async for chunk in upstream.content.iter_any():
            async with taking(request):
                await response.write(chunk)
        async with taking(request):
            await response.write_eof()
    except aiohttp.ClientConnectionResetError:
        raise  # the client has left
    except (aiohttp.ClientError, TimeoutError) as error:
        if request.transport is not None:
            request.transport.close()
        raise ConnectionResetError("the upstream broke off its response") from error
    return response


def interim(request: web.BaseRequest) -> Callable[[RawResponseMessage], None] | None:
    """Return what passes interim responses on, None for a client that may not get any.

    100 is not among them: the proxy itself tells a client that waits for it to go on.
    """
    if request.version < HttpVersion11:
        return None

    def pass_on(message: RawResponseMessage) -> None:
        if message.code != _CONTINUE and request.transport is not None:
            lines = [f"HTTP/1.1 {message.code} {sendable_reason(message.reason or '')}"]
            headers = sendable(end_to_end(message.raw_headers))
            lines += [f"{name}: {value}" for name, value in headers.items()]
            request.transport.write("\r\n".join([*lines, "", ""]).encode())

    return pass_on


async def finish_headers(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Remove the headers that aiohttp adds to a response, and add those for other origins.

    aiohttp calls this before it sends the response.
    """
    if _GIVEN in response:
        for name in _ADDED:
            if name.lower() not in response[_GIVEN]:
                response.headers.popall(name, None)
    allow(response, request.get(ALLOWED, {}))


def _mark(response: web.StreamResponse) -> None:
    response[_GIVEN] = frozenset(name.lower() for name in response.headers)
