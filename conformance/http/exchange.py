"""Exchanges: one request and what came of it, as both were on the wire.

Rules judge exchanges and nothing else, so whatever can be told from the wire is kept: the case,
order and repeats of headers, the bytes of a target that a library would have tidied up, and how a
connection ended when no answer came. The classes know HTTP, not the contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire, each byte one character (latin-1)."""


class FailureKind(StrEnum):
    """The ways in which a request gets no answer that could be judged."""

    REFUSED = "refused"
    """Nothing listens at the port."""
    UNREACHABLE = "unreachable"
    """The name is unknown, or no route leads to the host."""
    DROPPED = "dropped"
    """The connection was closed before any byte of an answer."""
    TRUNCATED = "truncated"
    """The connection was closed within the answer."""
    TIMEOUT = "timeout"
    """The time limit passed before the answer was complete."""
    MALFORMED = "malformed"
    """What came is not HTTP/1.x, or its framing or its content coding is broken."""
    TOO_LARGE = "too_large"
    """The headers or the body are larger than the client takes in."""
    TLS = "tls"
    """The encrypted connection could not be made, or broke."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent."""

    method: str
    target: bytes
    """Path and query in origin form, byte for byte, the target's prefix included."""
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """A final answer, as received but for the body's content coding."""

    status: int
    reason: str
    http_version: str
    """HTTP/1.1 or HTTP/1.0."""
    headers: Headers
    body: bytes
    """The body after its transfer and content codings were removed."""
    raw_size: int
    """Bytes of the body on the wire: before its content coding was removed, without chunk heads."""

    def header(self, name: str) -> str | None:
        """Give the first value of a header, whatever the case of its name; None if it is absent."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> list[str]:
        """Give every value of a header in order, whatever the case of its name."""
        wanted = name.lower()
        return [value for found, value in self.headers if found.lower() == wanted]

    @property
    def media_type(self) -> str | None:
        """The type in Content-Type, lower case and without its parameters; None if it has none."""
        stated = self.header("Content-Type")
        return (stated.partition(";")[0].strip().lower() or None) if stated else None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer."""

    kind: FailureKind
    message: str
    """One sentence for people."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer or its failure: exactly one of the two is not None."""

    number: int
    """Counts from 1 in the order of sending."""
    request: Request
    response: Response | None
    failure: Failure | None
    started: float
    """When its first byte was sent, in seconds since 1970-01-01 UTC."""
    duration: float
    """Seconds from the first byte sent to the last byte read, or until it was known to fail."""
    note: str = ""
    """Why the request was sent."""
    throttled: bool = False
    """The answer asked to come back later, and the client did: the next exchange repeats this."""

    def __post_init__(self) -> None:
        if (self.response is None) == (self.failure is None):
            raise ValueError("an exchange has either a response or a failure")
