"""Entries of HAR as exchanges, whatever program wrote them.

An entry that does not show what the server sent is skipped with a reason: browsers also record
responses of their cache, and leave out bodies.
"""

from __future__ import annotations

import base64
import binascii
import codecs
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from ...conformance.http.exchange import Exchange, Failure, Request, Response
from ...conformance.http.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...conformance.http.exchange import Headers
    from ...spec.contract import Contract

_MILLISECONDS = 1000
_PORTS = {"http": 80, "https": 443}
# Digits of the number of a connection.
_LONGEST_NUMBER = 9
# Responses to conditional and range requests: the contract describes neither.
_CONDITIONAL = {206, 304, 412, 416}
# Marks of Chrome and Playwright for a response that has a status, and no end.
_GIVEN_UP = ("_error", "_failureText")
_WITHOUT_BODY = {204, 205, 304}


class Aside(StrEnum):
    """Why an entry is skipped; the values follow a number."""

    FOREIGN = "outside the contract"
    UNANSWERED = "without a complete response (blocked, cancelled or broken off)"
    CACHED = "from a cache or a service worker"
    BODILESS = "without the body"
    CUT = "with a body that the browser cut off"
    BROKEN = "with a mistake in the HAR format"


@dataclass(frozen=True, slots=True)
class Base:
    """The URL below which the contract's paths begin: an origin and a path."""

    origin: str
    prefix: str

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{self.origin}{self.prefix}"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a recording, whose response is not read yet."""

    raw: dict[str, Any]
    request: Request
    origin: str

    @property
    def path(self) -> str:
        """The path, still encoded."""
        return self.request.path

    def base(self, contract: Contract) -> Base | None:
        """Return the URL below which a path of the contract begins, None without one."""
        path = self.path
        start = 0
        while start >= 0:
            if contract.routes.at(path[start:]):
                return Base(self.origin, path[:start])
            start = path.find("/", start + 1)
        return None


def entry_of(raw: Any) -> Entry | None:
    """Read the request of an entry; return None if it is not HTTP."""
    request = raw.get("request") if isinstance(raw, dict) else None
    url = request.get("url") if isinstance(request, dict) else None
    method = request.get("method") if isinstance(request, dict) else None
    if not (isinstance(url, str) and isinstance(method, str) and isinstance(request, dict)):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        return None
    origin = Target(scheme, parts.hostname, port or _PORTS[scheme], prefix="").url
    exact = request.get("_target")
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}".encode()
    if isinstance(exact, str):
        target = exact.encode("latin-1", "replace")
    posted = request.get("postData")
    text = posted.get("text") if isinstance(posted, dict) else None
    body = text.encode("utf-8", "replace") if isinstance(text, str) else b""
    return Entry(raw, Request(method.upper(), target, _headers(request), body), origin)


def exchange_of(entry: Entry, number: int, before: float = 0.0) -> Exchange | Aside:
    """Read a whole entry; return the exchange, or why the entry is skipped.

    `before` is the start of the exchange before, for an entry without a time.
    """
    raw = entry.raw
    started = _instant(raw.get("startedDateTime"), before)
    outcome = _response(entry) if raw.get("_failure") is None else _failure(raw["_failure"])
    if isinstance(outcome, Aside):
        return outcome
    return Exchange(
        number=number,
        request=entry.request,
        response=outcome if isinstance(outcome, Response) else None,
        failure=outcome if isinstance(outcome, Failure) else None,
        started=started,
        duration=_seconds(raw.get("time")),
        note=_text(raw.get("_note")),
        throttled=raw.get("_throttled") is True,
        connection=_connection(raw),
        turn=_turn(raw.get("_turn")),
        overlapping=_numbers(raw.get("_overlapping")),
        reconnected=raw.get("_reconnected") is True,
    )


def _connection(raw: dict[str, Any]) -> int:
    """Return the number of the connection; browsers write other things there."""
    given = raw.get("connection")
    if not isinstance(raw.get("_number"), int) or not isinstance(given, str):
        return 0
    return int(given) if given.isdecimal() and len(given) < _LONGEST_NUMBER else 0


def _turn(raw: Any) -> int:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else 0


def _numbers(raw: Any) -> tuple[int, ...]:
    return tuple(each for each in raw if isinstance(each, int)) if isinstance(raw, list) else ()


def _failure(raw: Any) -> Failure | Aside:
    try:
        return msgspec.convert(raw, Failure)
    except ValueError:
        return Aside.BROKEN


def _response(entry: Entry) -> Response | Aside:
    raw = entry.raw.get("response")
    status = raw.get("status") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(status, int) or isinstance(status, bool):
        return Aside.BROKEN if raw else Aside.UNANSWERED
    if status <= 0 or any(isinstance(raw.get(name), str) for name in _GIVEN_UP):
        return Aside.UNANSWERED
    if status in _CONDITIONAL or _is_stored(entry.raw, raw):
        return Aside.CACHED
    content = raw.get("content")
    content = content if isinstance(content, dict) else {}
    body, headers = _body(content), _headers(raw)
    if isinstance(body, Aside):
        return body
    if not body and "text" not in content and _had_body(entry.request, status, headers, content):
        return Aside.BODILESS
    size = raw.get("bodySize")
    return Response(
        status=status,
        reason=_text(raw.get("statusText")),
        http_version=_text(raw.get("httpVersion")) or "HTTP/1.1",
        headers=headers,
        body=body,
        raw_size=size if isinstance(size, int) and size >= 0 else len(body),
    )


def _is_stored(entry: dict[str, Any], response: dict[str, Any]) -> bool:
    """Whether a response is a browser's own, by the marks of Chrome and Safari."""
    return (
        entry.get("_fromCache") in ("disk", "memory")
        or response.get("_fetchedViaServiceWorker") is True
        or entry.get("_fetchType") in ("Disk Cache", "Memory Cache", "Service Worker")
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _body(content: dict[str, Any]) -> bytes | Aside:
    text, size = content.get("text", ""), content.get("size")
    if not isinstance(text, str):
        return Aside.BROKEN
    decoded = _decoded(text)
    if content.get("encoding") == "base64":
        return Aside.BROKEN if decoded is None else decoded
    body = text.encode("utf-8", "surrogatepass")
    if not body or not isinstance(size, int) or isinstance(size, bool):
        return body
    if decoded is not None and 0 < size == len(decoded):
        return decoded  # BrowserMob Proxy does not label base64.
    # A byte order mark is counted, and does not stand in the text.
    return Aside.CUT if size > len(body) + len(codecs.BOM_UTF8) else body


def _decoded(text: str) -> bytes | None:
    try:
        # Fiddler breaks the lines of base64.
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _had_body(request: Request, status: int, headers: Headers, content: dict[str, Any]) -> bool:
    if request.method == "HEAD" or status in _WITHOUT_BODY:
        return False
    lengths = [value.strip() for name, value in headers if name.lower() == "content-length"]
    size = content.get("size")
    return lengths != ["0"] and not (size == 0 and not isinstance(size, bool) and not lengths)


def _headers(message: dict[str, Any]) -> Headers:
    return tuple(_pairs(message.get("headers")))


def _pairs(headers: Any) -> Iterator[tuple[str, str]]:
    for header in headers if isinstance(headers, list) else ():
        match header:
            case {"name": str(name), "value": str(value)} if not name.startswith(":"):
                # Browsers put the lines of a header that stands several times into one.
                yield from ((_latin(name), _latin(line)) for line in value.split("\n"))
            case _:
                pass  # a field of HTTP/2's own, or none at all


def _latin(text: str) -> str:
    """Return a text as on the wire, one character for each byte."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
    return text


def _instant(text: Any, before: float) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return before


def _seconds(milliseconds: Any) -> float:
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return 0.0
    return max(0.0, milliseconds / _MILLISECONDS)
