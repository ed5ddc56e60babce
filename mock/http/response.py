"""A response of the stub: status, headers and body as bytes, and how it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]


class ConnectionCut(Exception):  # noqa: N818 - it is intended
    """Raised to end the connection in the middle of a response."""


@dataclass(slots=True)
class StubResponse:
    """A response that is ready to be sent.

    `delay` are the seconds to wait before it; with `cut` the connection ends after so many bytes of
    the body; `reason` is the detail of an error, for the log; `lasting` is whether the same
    request will always be answered with these same bytes, at once.
    """

    status: int
    headers: Headers
    body: bytes
    delay: float = 0.0
    cut: int | None = None
    reason: str = ""
    lasting: bool = False

    @classmethod
    def of(  # noqa: PLR0913 - all by name
        cls,
        status: int,
        body: bytes,
        media_type: str | None,
        *,
        more: tuple[tuple[str, str], ...] = (),
        reason: str = "",
        lasting: bool = False,
    ) -> StubResponse:
        """Return a response with a body, and the headers that describe the body."""
        headers = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in more]
        if media_type is not None:
            headers.append((b"content-type", media_type.encode("latin-1")))
        headers.append((b"content-length", b"%d" % len(body)))
        return cls(status, tuple(headers), body, reason=reason, lasting=lasting)
