"""Exchanges: a request and its response, exactly as on the wire.

Rules see only exchanges, so all details are kept: the case, order and repetition of headers, the
bytes of the target, and the reason why there is no response. These classes are independent of the
contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire, decoded as latin-1."""

_HTML = re.compile(rb"\s*<(?:!doctype html|html|head|body)", re.IGNORECASE)


class FailureKind(StrEnum):
    """The reasons why a request has no response that can be judged."""

    REFUSED = "refused"
    """The port refuses connections."""
    UNREACHABLE = "unreachable"
    """The host name cannot be resolved, or the host cannot be reached."""
    DROPPED = "dropped"
    """The server closed the connection before the first byte of a response."""
    TRUNCATED = "truncated"
    """The server closed the connection in the middle of the response."""
    TIMEOUT = "timeout"
    """The response was not complete within the time limit."""
    MALFORMED = "malformed"
    """The response is not HTTP/1.x, or its framing is invalid."""
    CODING = "coding"
    """The body is not coded as Content-Encoding says."""
    UNDECODED = "undecoded"
    """The body has a content coding that this client cannot decode."""
    TOO_LARGE = "too_large"
    """The headers or the body exceed the limits of the client."""
    TLS = "tls"
    """The TLS connection could not be established, or failed."""
    PROXY = "proxy"
    """The HTTP proxy on the way to the server does not let the request through."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as sent."""

    method: str
    target: bytes
    """Path and query in origin form, including the prefix of the target."""
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path of the target, each byte one character."""
        return self.target.decode("latin-1").partition("?")[0]

    @property
    def query(self) -> str:
        """The query of the target, each byte one character; '' without one."""
        return self.target.decode("latin-1").partition("?")[2]


@dataclass(frozen=True, slots=True)
class Response:
    """A final response as received, except that the body is decoded."""

    status: int
    reason: str
    http_version: str
    """HTTP/1.1 or HTTP/1.0."""
    headers: Headers
    body: bytes
    """The body without transfer and content codings."""
    raw_size: int
    """The size of the body on the wire in bytes, with content coding, without chunk headers."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None. Names are case-insensitive."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> list[str]:
        """Return all values of a header in order. Names are case-insensitive."""
        wanted = name.lower()
        return [value for found, value in self.headers if found.lower() == wanted]

    @property
    def media_type(self) -> str | None:
        """The media type in Content-Type, in lower case without parameters, or None.

        If there are several that differ, all of them: clients do not agree on which one counts.
        """
        stated = self.header_values("Content-Type")
        kinds = dict.fromkeys(value.partition(";")[0].strip().lower() for value in stated)
        return ", ".join(filter(None, kinds)) or None

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people."""
        return self.media_type in {"text/html", "application/xhtml+xml"} or bool(
            _HTML.match(self.body)
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why there is no response."""

    kind: FailureKind
    message: str
    """One sentence."""
    status: int | None = None
    """The status of the response that is not complete, None if its head is not."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with either its response or its failure; the other one is None."""

    number: int
    """The number of the exchange in the order of sending, from 1."""
    request: Request
    response: Response | None
    failure: Failure | None
    started: float
    """The time at which the first byte was sent, in seconds since 1970-01-01 UTC."""
    duration: float
    """Seconds from the first byte sent to the last byte read, or to the failure."""
    note: str = ""
    """The purpose of the request."""
    throttled: bool = False
    """Whether it is set aside: the server itself may not be the cause, so it is not judged."""
    connection: int = 0
    """The number of the connection in the order of opening, from 1; 0 if it is unknown."""
    turn: int = 0
    """The number of the first of the exchanges that were sent in any order; 0 if it was alone."""
    overlapping: tuple[int, ...] = ()
    """The numbers of the exchanges that were under way at the same time."""
    reconnected: bool = False
    """Whether it was sent again, as the server had closed a connection that was just in use."""

    def __post_init__(self) -> None:
        if (self.response is None) == (self.failure is None):
            raise ValueError("an exchange has either a response or a failure")

    def is_before(self, other: Exchange) -> bool:
        """Whether it certainly ended before the other one began; both are of one run."""
        return (self.turn or self.number) < (other.turn or other.number)
