"""Where a request goes, as it was sent: its host, and its path before anything is decoded."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .error_response import ErrorResponse

if TYPE_CHECKING:
    from starlette.types import Scope

LONGEST = 16 * 1024
"""Bytes of a path; a longer one is no path of the contract."""
_BAD = 400
_NEEDS_HOST = {"1.1", "2"}
_SLASH = re.compile("%2f", re.IGNORECASE)
# Characters that need no escape (RFC 3986, section 2.3).
_UNRESERVED = {f"%{ord(c):02x}": c for c in f"{string.ascii_letters}{string.digits}._~-"}
_ESCAPED = re.compile("|".join(_UNRESERVED), re.IGNORECASE)


def check_host(scope: Scope) -> None:
    """Raise ErrorResponse unless a request has exactly one Host (RFC 9112, section 3.2).

    The server makes it of the `:authority` of HTTP/2.
    """
    # The server adds an empty one if it is missing.
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) > 1 or (scope.get("http_version") in _NEEDS_HOST and not any(hosts)):
        detail = f"header Host {f'is sent {len(hosts)} times' if any(hosts) else 'is missing'}"
        raise ErrorResponse(_BAD, "Host is not valid", detail)


def below(base: str, scope: Scope) -> str | None:
    """Return the path below the contract's server, still encoded; None if it is elsewhere."""
    raw = (scope.get("raw_path") or b"").decode("latin-1")
    if len(raw) > LONGEST:
        return None
    if "%" in raw:
        raw = _ESCAPED.sub(lambda found: _UNRESERVED[found[0].lower()], raw)
    if not raw.startswith(f"{base}/"):
        return None
    return raw[len(base) :]


def decoded(raw: bytes) -> str:
    """Return a path decoded, but for its escaped slashes: they are parts of names."""
    return unquote(_SLASH.sub("%252F", raw.decode("latin-1")))
