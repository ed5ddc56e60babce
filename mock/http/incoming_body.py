"""The body of a request as it arrives, with limits of size and time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...spec.describing import actual
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Message, Receive

LARGEST = 1_000_000
"""The maximum size of a body in bytes."""
LONGEST = 30.0
"""The maximum time that a body may take, in seconds."""
_BAD, _TIMEOUT, _TOO_LARGE = 400, 408, 413


def check_framing(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise ErrorResponse unless all servers see the same end of a body (RFC 9112, section 6.1).

    The connection is closed, as what follows may be a part of the body.
    """
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and [each.strip().lower() for each in codings] != [b"chunked"]:
        detail = f"Transfer-Encoding is {actual(b', '.join(codings).decode('latin-1'))}"
        detail += '; expected "chunked", once'
        close = (("Connection", "close"),)
        raise ErrorResponse(_BAD, "Transfer-Encoding is not valid", detail, headers=close)


async def receive_body(headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> bytes:
    """Return the whole body; raise ErrorResponse if it is too large, too slow or cut off."""
    if any(_is_too_large(value) for name, value in headers if name == b"content-length"):
        raise _too_large()
    try:
        async with asyncio.timeout(LONGEST):
            return await _all_of(receive)
    except TimeoutError:
        detail = f"the body did not arrive within {LONGEST:g} seconds"
        raise ErrorResponse(_TIMEOUT, "Body is too slow", detail) from None


def received_again(body: bytes, after: Receive | None = None) -> Receive:
    """Return what receives a body that was already received, and then what `after` receives.

    Without `after`, nothing comes after the body, not even a disconnect.
    """
    bodies = [body]

    async def receive() -> Message:
        if bodies:
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        nothing: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        return await (nothing if after is None else after())

    return receive


async def _all_of(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            detail = "the connection ended before the body did"
            raise ErrorResponse(_BAD, "Body is not complete", detail)
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def _is_too_large(length: bytes) -> bool:
    digits = length.lstrip(b"0")
    return digits.isdigit() and (len(digits) > len(str(LARGEST)) or int(digits) > LARGEST)


def _too_large() -> ErrorResponse:
    detail = f"the body is larger than {LARGEST} bytes"
    return ErrorResponse(_TOO_LARGE, "Body is too large", detail)
