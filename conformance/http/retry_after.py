"""Parses Retry-After (RFC 9110, 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .exchange import Response

_BUSY = frozenset({429, 503})
_SECONDS = re.compile(r"[0-9]{1,9}")


def requested_pause(response: Response, now: float) -> float | None:
    """Return the seconds to wait before a retry, or None if the header is missing or invalid.

    `now` is in seconds since 1970-01-01 UTC. It is used only if the response has no Date, since
    dates refer to the clock of the server.
    """
    if response.status not in _BUSY:
        return None
    stated = (response.header("Retry-After") or "").strip()
    if _SECONDS.fullmatch(stated):
        return float(stated)
    until = _instant(stated)
    if until is None:
        return None
    since = _instant(response.header("Date") or "")
    return max(0.0, until - (now if since is None else since))


def _instant(http_date: str) -> float | None:
    try:
        date = parsedate_to_datetime(http_date)
    except (ValueError, OverflowError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
