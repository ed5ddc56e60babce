"""Bodies of responses in HAR, as the server sent them.

Recorders encode bodies, cut them off, lose them and put them into files of their own.
"""

from __future__ import annotations

import base64
import binascii
import codecs
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ...conformance.records.record import WITHOUT_BODY

if TYPE_CHECKING:
    from ...conformance.http.exchange import Headers, Request

_LONGEST_LENGTH = 18
_URL_SAFE = str.maketrans("-_", "+/")


class Aside(StrEnum):
    """Why an entry is skipped; the values follow a number."""

    FOREIGN = "outside the contract"
    UNANSWERED = "without a complete response (blocked, cancelled or broken off)"
    CACHED = "from a cache or a service worker"
    MADE_UP = "made up by the test that recorded them"
    BODILESS = "without the body"
    DETACHED = "with the body in a file that is not beside the recording"
    CUT = "with a body that the browser cut off"
    BROKEN = "with a mistake in the HAR format"


Attached = Callable[[str], bytes | None]
"""Reads the file of a body by its name; returns None if it is not beside the recording."""


def nothing_attached(_name: str) -> None:
    """Return no body: the recording has no files beside it."""


def body_of(
    request: Request, status: int, headers: Headers, content: Any, attached: Attached
) -> bytes | Aside:
    """Return a body without its content coding, or why it is not what the server sent."""
    content = content if isinstance(content, dict) else {}
    # Some programs write null for what they do not have.
    content = {name: value for name, value in content.items() if value is not None}
    text, name = content.get("text", ""), content.get("_file")
    if not isinstance(text, str):
        return Aside.BROKEN
    size = _size(content, headers)
    body: bytes | None
    if not text and isinstance(name, str):
        body = attached(name)
        if body is None:
            return Aside.DETACHED
    elif content.get("encoding") == "base64":
        body = _decoded(text)
        if body is None:
            return Aside.CUT if size is not None and size > _most_decoded(text) else Aside.BROKEN
    else:
        body = text.encode("utf-8", "surrogatepass")
        if size is not None and size != len(body):
            # BrowserMob Proxy does not label base64.
            decoded = _decoded(text)
            body = decoded if decoded is not None and len(decoded) == size else body
    if request.method == "HEAD" or status in WITHOUT_BODY:
        return body
    if not body:
        return Aside.BODILESS if _had_body(content, headers) else body
    # A byte order mark is counted, and does not stand in the text.
    is_cut = size is not None and size > max(len(body) + len(codecs.BOM_UTF8), len(text))
    return Aside.CUT if is_cut else body


def number_of(value: Any) -> int | None:
    """Return a size; None if a recorder does not know it."""
    return value if type(value) is int and value >= 0 else None


def _lengths(headers: Headers) -> list[str]:
    return [value.strip() for name, value in headers if name.lower() == "content-length"]


def _size(content: dict[str, Any], headers: Headers) -> int | None:
    """Return the size that a body without its content coding should have, None if nobody says."""
    size, lengths = number_of(content.get("size")), _lengths(headers)
    coded = any(name.lower() == "content-encoding" for name, _ in headers)
    if size is not None or coded or len(lengths) != 1:
        return size
    [length] = lengths
    return int(length) if length.isdecimal() and len(length) <= _LONGEST_LENGTH else None


def _had_body(content: dict[str, Any], headers: Headers) -> bool:
    """Whether a recording without a body has lost it."""
    size, lengths = number_of(content.get("size")), _lengths(headers)
    if lengths == ["0"]:
        return False
    return bool(size or lengths) or (size is None and "text" not in content)


def _decoded(text: str) -> bytes | None:
    # Fiddler breaks the lines of base64, and others use the alphabet of URLs, or leave padding out.
    joined = "".join(text.split()).rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(joined + "=" * (-len(joined) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _most_decoded(text: str) -> int:
    return len(text) * 3 // 4
