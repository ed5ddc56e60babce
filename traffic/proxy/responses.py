"""Responses to the client, as aiohttp sends them, without the headers that it would add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from .headers import end_to_end, sendable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .headers import RawHeaders

_GIVEN: web.ResponseKey[frozenset[str]] = web.ResponseKey("given")
_ADDED = ("Content-Type", "Date", "Server")


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
    request: web.BaseRequest, upstream: aiohttp.ClientResponse, beginning: bytes = b""
) -> web.StreamResponse:
    """Pass a response on as it comes; `beginning` is what was read of its body.

    Raises ConnectionResetError if either side breaks off, so that the client's connection is closed
    after half a response.
    """
    headers = sendable(end_to_end(upstream.raw_headers))
    response = web.StreamResponse(
        status=upstream.status, reason=upstream.reason or "", headers=headers
    )
    _mark(response)
    try:
        await response.prepare(request)
        if beginning:
            await response.write(beginning)
        async for chunk in upstream.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError) as error:
        if request.transport is not None:
            request.transport.close()
        raise ConnectionResetError from error
    return response


async def leave_headers(_: web.BaseRequest, response: web.StreamResponse) -> None:
    """Remove the headers that aiohttp adds to a response; aiohttp calls this before it sends."""
    if _GIVEN in response:
        for name in _ADDED:
            if name.lower() not in response[_GIVEN]:
                response.headers.popall(name, None)


def _mark(response: web.StreamResponse) -> None:
    response[_GIVEN] = frozenset(name.lower() for name in response.headers)
