"""CORS: pages of any origin may read every response at a path of the contract, errors included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..response import Headers

_TOKENS = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, \t-]{1,2000}")
_EXPOSED = b"Allow, Content-Length, Preference-Applied, Retry-After"
_MAX_AGE = b"600"


def headers(origin: bytes | None) -> Headers:
    """Return the headers that let a page of this origin read a response; none without an origin."""
    if origin is None:
        return ()
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    )


def readable(origin: bytes) -> Headers:
    """Return the headers that let a page of this origin read a response, without credentials."""
    return ((b"access-control-allow-origin", origin), (b"vary", b"Origin"))


def preflight(asked: Iterable[tuple[bytes, bytes]], methods: Sequence[str]) -> Headers:
    """Return the headers of the response to a preflight request, () if it is none."""
    sent = dict(asked)
    method = sent.get(b"access-control-request-method")
    if method is None:
        return ()
    allowed = [name.encode() for name in methods]
    if method not in allowed and _TOKENS.fullmatch(method):
        allowed.append(method)  # so that the page can read the 405
    found = [
        (b"access-control-allow-methods", b", ".join(allowed)),
        (b"access-control-max-age", _MAX_AGE),
    ]
    wanted = sent.get(b"access-control-request-headers", b"")
    if _TOKENS.fullmatch(wanted):
        found.append((b"access-control-allow-headers", wanted))
    if sent.get(b"access-control-request-private-network") == b"true":
        found.append((b"access-control-allow-private-network", b"true"))
    return tuple(found)
