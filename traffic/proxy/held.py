"""The bodies that are read whole: their number of bytes is limited, for each and together."""

from __future__ import annotations

from aiohttp import web

MOST_SENT = 1024 * 1024
"""Bytes of a request's body that are read whole; a larger request is passed on unjudged."""
MOST_BODY = 16 * 1024 * 1024
"""Bytes of a response that is read whole; a larger one is passed on unjudged."""
MOST_HELD = 256 * 1024 * 1024
"""Bytes of all bodies at one time; what exceeds it is passed on unjudged."""

_HELD: web.RequestKey[int] = web.RequestKey("held")


class Held:
    """Counts the bytes of bodies from when they are read until the response is sent."""

    def __init__(self) -> None:
        self._total = 0

    def has_room(self, request: web.BaseRequest, more: int) -> bool:
        """Count more bytes for a request; return whether all bodies stay within the limit."""
        request[_HELD] = request.get(_HELD, 0) + more
        self._total += more
        return self._total <= MOST_HELD

    def release(self, request: web.BaseRequest) -> None:
        """Count the bytes for a request no longer."""
        self._total -= request.get(_HELD, 0)
        request[_HELD] = 0
