"""A response of the stub: status, headers and body as bytes, and how it is sent."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from starlette.types import Send

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

# A message with both must not be sent (RFC 9112, section 6.2), and the server does not send it: it
# closes the connection. ASGI has no other word for that.
_NEVER_SENT = ((b"content-length", b"1"), (b"transfer-encoding", b"chunked"))


class ConnectionCut(Exception):  # noqa: N818 - it is intended
    """Raised to end the connection in the middle of a response."""


async def drop(send: Send) -> None:
    """Close the connection of a request before anything of a response is sent."""
    with contextlib.suppress(Exception):  # a response was begun, or the client has gone
        await send({"type": "http.response.start", "status": 200, "headers": _NEVER_SENT})
        await send({"type": "http.response.body", "body": b" "})


@dataclass(slots=True)
class StubResponse:
    """A response that is ready to be sent.

    `delay` are seconds to wait before it; with `cut` the connection ends after so many bytes of
    the body; `reason` says for the log why a request was rejected.
    """

    status: int
    headers: Headers
    body: bytes
    delay: float = 0.0
    cut: int | None = None
    reason: str = ""

    @classmethod
    def of(
        cls,
        status: int,
        body: bytes,
        media_type: str | None,
        *,
        more: tuple[tuple[str, str], ...] = (),
        reason: str = "",
    ) -> StubResponse:
        """Return a response with a body, and the headers that describe the body."""
        headers = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in more]
        if media_type is not None:
            headers.append((b"content-type", media_type.encode("latin-1")))
        headers.append((b"content-length", b"%d" % len(body)))
        return cls(status, tuple(headers), body, reason=reason)
