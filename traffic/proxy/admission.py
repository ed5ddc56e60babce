"""Requests that the proxy does not pass on, since two servers could read them differently.

aiohttp's parser refuses most of these: Content-Length together with Transfer-Encoding, repeated or
odd lengths, odd chunks, bare CR and LF, folded lines, and a missing or second Host. What it lets
through is refused here (RFC 9112, sections 3.2, 6.1 and 6.3; RFC 9110, sections 7.6.2 and 7.6.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aiohttp.http import HttpVersion10, HttpVersion11

from .headers import LARGEST_HEAD, framing_mistake, size_of, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web

    from .headers import RawHeaders

_BAD_REQUEST, _TOO_LARGE, _NOT_IMPLEMENTED, _VERSION, _LOOP = 400, 431, 501, 505, 508
_NO_CONTENT = 204


class Refusal(NamedTuple):
    """Why a request is not passed on: the status of the response, and its text."""

    status: int
    detail: str


def refusal(request: web.BaseRequest, url: str, pseudonym: str) -> Refusal | None:
    """Return why a request is not passed on to the upstream at `url`, None if it is.

    `pseudonym` is the name of this proxy in Via.
    """
    return next(_refusals(request, url, pseudonym), None)


def _refusals(request: web.BaseRequest, url: str, pseudonym: str) -> Iterator[Refusal]:
    headers = request.raw_headers
    if request.method == "CONNECT":
        detail = f"This is a proxy for {url} alone. Send requests for paths, not CONNECT."
        yield Refusal(_NOT_IMPLEMENTED, detail)
    if request.version not in {HttpVersion10, HttpVersion11}:
        yield Refusal(_VERSION, "This proxy accepts HTTP/1.0 and HTTP/1.1.")
    if size_of(headers) > LARGEST_HEAD:
        yield Refusal(_TOO_LARGE, f"The headers are larger than {LARGEST_HEAD:,} bytes.")
    if mistake := framing_mistake(headers, request.version):
        coded = "cannot decode" in mistake
        yield Refusal(_NOT_IMPLEMENTED if coded else _BAD_REQUEST, f"The request {mistake}.")
    if "#" in request.raw_path:
        yield Refusal(_BAD_REQUEST, "The target of the request has a fragment: remove it.")
    if pseudonym.encode() in b",".join(values(headers, b"via")):
        yield Refusal(_LOOP, f"The request came through this proxy before: {url} leads back here.")
    if request.method in {"OPTIONS", "TRACE"} and forwards_left(headers) == 0:
        # The sender asks who stands on the way: the proxy responds itself.
        status = _NO_CONTENT if request.method == "OPTIONS" else _NOT_IMPLEMENTED
        yield Refusal(status, f"Max-Forwards is 0, so this proxy for {url} responds itself.")


def forwards_left(headers: RawHeaders) -> int | None:
    """Return the value of Max-Forwards, None without a valid one."""
    given = values(headers, b"max-forwards")
    return int(given[0]) if len(given) == 1 and given[0].isdigit() else None
