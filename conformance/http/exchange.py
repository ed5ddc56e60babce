"""Exchanges: one request and what came of it, as both were on the wire.

Rules judge exchanges and nothing else, so whatever can be told from the wire is kept: the case,
order and repeats of headers, the bytes of a target that a library would have tidied up, and how a
connection ended when no answer came. The classes know HTTP, not the contract.

`to_json` gives values that `json.dumps` takes as they are, `from_json` reads them back to an equal
object and raises ValueError, saying where and what it expected, for anything else. Bytes become
{"text": ...} where they are UTF-8 and {"base64": ...} where they are not, so that a person can
read a recording.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from ..evidence import json_members as members

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire, each byte one character (latin-1)."""

Json: TypeAlias = dict[str, Any]
"""A JSON object."""


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

    def to_json(self) -> Json:
        """Give the request as a JSON object; the target is text, each byte one character."""
        return {
            "method": self.method,
            "target": self.target.decode("latin-1"),
            "headers": [list(header) for header in self.headers],
            "body": _bytes_to_json(self.body),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` wrote; raise ValueError if it is something else."""
        with members.within("request"):
            found = members.of(value)
            return cls(
                method=members.text(found, "method"),
                target=_target_from_json(members.text(found, "target")),
                headers=_headers_from_json(members.array(found, "headers")),
                body=_bytes_from_json(members.inner(found, "body")),
            )


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

    def to_json(self) -> Json:
        """Give the answer as a JSON object."""
        return {
            "status": self.status,
            "reason": self.reason,
            "http_version": self.http_version,
            "headers": [list(header) for header in self.headers],
            "body": _bytes_to_json(self.body),
            "raw_size": self.raw_size,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` wrote; raise ValueError if it is something else."""
        with members.within("response"):
            found = members.of(value)
            return cls(
                status=members.integer(found, "status"),
                reason=members.text(found, "reason"),
                http_version=members.text(found, "http_version"),
                headers=_headers_from_json(members.array(found, "headers")),
                body=_bytes_from_json(members.inner(found, "body")),
                raw_size=members.integer(found, "raw_size"),
            )


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer."""

    kind: FailureKind
    message: str
    """One sentence for people."""

    def to_json(self) -> Json:
        """Give the failure as a JSON object."""
        return {"kind": self.kind.value, "message": self.message}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` wrote; raise ValueError if it is something else."""
        with members.within("failure"):
            found = members.of(value)
            kind = members.text(found, "kind")
            try:
                known = FailureKind(kind)
            except ValueError:
                raise members.wrong("kind", "one of " + ", ".join(FailureKind), kind) from None
            return cls(known, members.text(found, "message"))


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

    def to_json(self) -> Json:
        """Give the exchange as a JSON object."""
        return {
            "number": self.number,
            "request": self.request.to_json(),
            "response": None if self.response is None else self.response.to_json(),
            "failure": None if self.failure is None else self.failure.to_json(),
            "started": self.started,
            "duration": self.duration,
            "note": self.note,
            "throttled": self.throttled,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` wrote; raise ValueError if it is something else."""
        found = members.of(value)
        response, failure = members.inner(found, "response"), members.inner(found, "failure")
        return cls(
            number=members.integer(found, "number"),
            request=Request.from_json(members.inner(found, "request")),
            response=None if response is None else Response.from_json(response),
            failure=None if failure is None else Failure.from_json(failure),
            started=members.number(found, "started"),
            duration=members.number(found, "duration"),
            note=members.text(found, "note"),
            throttled=members.boolean(found, "throttled"),
        )


def _target_from_json(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise members.wrong("target", "characters up to U+00FF, one a byte", text) from None


def _headers_from_json(pairs: Iterable[object]) -> Headers:
    headers: list[tuple[str, str]] = []
    for pair in pairs:
        match pair:
            case [str(name), str(value)]:
                headers.append((name, value))
            case _:
                raise members.wrong("headers", "pairs of texts, [name, value]", pair)
    return tuple(headers)


def _bytes_to_json(data: bytes) -> Json:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _bytes_from_json(value: object) -> bytes:
    match value:
        case {"text": str(text)}:
            try:
                return text.encode()
            except UnicodeEncodeError:
                raise members.wrong("body", "text that is Unicode", "a lone surrogate") from None
        case {"base64": str(text)}:
            try:
                return base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                raise members.wrong("body", "base64", text) from None
        case _:
            raise members.wrong("body", '{"text": ...} or {"base64": ...}', value)
