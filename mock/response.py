"""A response of the stub: status, headers and body as bytes, and how it is sent."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

STARTED, BODY = "ruangkerja.started", "ruangkerja.body"
"""What the scope of a request has: when it began, in seconds, and its body, if it was read."""
FORGETS = "ruangkerja.forgets"
"""In the scope of a request whose response is made, and of which nothing is stored."""
UNWATCHED = "ruangkerja.unwatched"
"""In the scope of a request that is not logged."""

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

# A message with both must not be sent (RFC 9112, section 6.2), and the server does not send it: it
# closes the connection. ASGI has no other word for that.
_NEVER_SENT = ((b"content-length", b"1"), (b"transfer-encoding", b"chunked"))
# With HTTP/2 such a message is sent. A client takes an interim response that ends its stream for an
# error (RFC 9113, section 8.1).
_INTERIM = 103
_OK = 200


class ConnectionCut(Exception):  # noqa: N818 - it is intended
    """Raised to end the connection in the middle of a response."""


async def drop(scope: Scope, send: Send) -> None:
    """Close the connection of a request before anything of a response is sent.

    With HTTP/2, end its stream with an error, since other requests use the connection, too.
    """
    is_stream = scope.get("http_version") == "2"
    status, headers = (_INTERIM, ()) if is_stream else (_OK, _NEVER_SENT)
    with contextlib.suppress(Exception):  # a response was begun, or the client has gone
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_stream else b" "})


async def gone_within(seconds: float, receive: Receive) -> bool:
    """Wait, and return whether the client disconnected in the meantime."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


@dataclass(slots=True)
class StubResponse:
    """A response that is ready to be sent.

    `delay` are seconds to wait before it; with `cut` the connection ends after so many bytes of
    the body; `reason` says for the log why a request was rejected. `fault` is the fault that was
    requested, and `left` says that the client had left before the response was sent.
    """

    status: int
    headers: Headers
    body: bytes
    delay: float = 0.0
    cut: int | None = None
    reason: str = ""
    fault: str = ""
    left: bool = False

    @property
    def events(self) -> list[str]:
        """What happened to the response, besides its status: one phrase for each event."""
        found = [f"fault {self.fault}"] if self.fault else []
        if self.delay:
            found.append(f"delay of {round(self.delay * 1000)} ms")
        if self.left:
            found.append("client left before the response")
        elif self.cut is not None:
            sent = f"after {self.cut} of {len(self.body)} bytes" if self.body else "by the stub"
            found.append(f"connection dropped {sent}")
        return found

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
