"""Entries of HAR as exchanges, whatever program wrote them.

An entry that does not show what the server sent is skipped with a reason: browsers also record
responses of their cache, and leave out bodies, or cut them off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from ...conformance.http.exchange import Exchange, Failure, Request, Response
from ...conformance.http.target import Target
from .har_body import Aside, Attached, body_of, nothing_attached, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...conformance.http.exchange import Headers
    from ...spec.contract import Contract

_MILLISECONDS = 1000
_PORTS = {"http": 80, "https": 443}
# Digits of the number of a connection.
_LONGEST_NUMBER = 9
# Responses to conditional and range requests: the contract describes neither. Browsers leave the
# headers of their cache out of a recording.
_CONDITIONAL = {206, 304, 412, 416}
# What Safari writes of a response that is not its own.
_FROM_SERVER = "Network Load"
# Marks of Chrome and Playwright for a response that has a status, and no end.
_GIVEN_UP = ("_error", "_failureText")


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


def exchange_of(
    entry: Entry, number: int, before: float = 0.0, attached: Attached = nothing_attached
) -> Exchange | Aside:
    """Read a whole entry; return the exchange, or why the entry is skipped.

    `before` is the start of the exchange before, for an entry without a time; `attached` reads a
    body that is in a file beside the recording.
    """
    raw = entry.raw
    started = _instant(raw.get("startedDateTime"), before)
    failure = raw.get("_failure")
    outcome = _response(entry, attached) if failure is None else _failure(failure)
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


def _response(entry: Entry, attached: Attached) -> Response | Aside:
    raw = entry.raw.get("response")
    status = raw.get("status") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(status, int) or isinstance(status, bool):
        return Aside.BROKEN if raw else Aside.UNANSWERED
    if status <= 0 or any(_text(raw.get(name)) for name in _GIVEN_UP):
        return Aside.UNANSWERED
    headers = _headers(raw)
    body = _source(entry.raw, raw) or body_of(
        entry.request, status, headers, raw.get("content"), attached
    )
    if isinstance(body, Aside):
        return body
    size = number_of(raw.get("bodySize"))
    received = {size, number_of(raw.get("_transferSize"))}
    if body and 0 in received <= {0, None}:
        return Aside.CACHED
    return Response(
        status=status,
        reason=_text(raw.get("statusText")),
        http_version=_text(raw.get("httpVersion")) or "HTTP/1.1",
        headers=headers,
        body=body,
        raw_size=len(body) if size is None else size,
    )


def _source(entry: dict[str, Any], response: dict[str, Any]) -> Aside | None:
    """Return what a response came from, by the marks of recorders; None for the server."""
    if _is_marked(entry.get("_wasFulfilled")):  # by Playwright
        return Aside.MADE_UP
    cache = entry.get("cache")
    cache = cache if isinstance(cache, dict) else {}
    is_stored = (
        response["status"] in _CONDITIONAL
        # Chrome writes the kind of its cache, others that there was one.
        or _is_marked(entry.get("_fromCache"))
        or _is_marked(response.get("_fetchedViaServiceWorker"))
        # Safari writes where each response came from.
        or entry.get("_fetchType", _FROM_SERVER) != _FROM_SERVER
        or isinstance(cache.get("beforeRequest"), dict)
        # Firefox writes this, and no other member, for a response of its cache.
        or cache == {"afterRequest": None}
    )
    return Aside.CACHED if is_stored else None


def _is_marked(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() not in ("", "false"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


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
