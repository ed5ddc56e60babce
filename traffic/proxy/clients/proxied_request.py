"""A client's request as it is passed on: to the upstream's host, below the upstream's path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ....conformance.http.exchange import Request
from ....spec.secrets.masking import is_secret
from ..headers import end_to_end
from .admission import forwards_left
from .browsers import moved

if TYPE_CHECKING:
    from aiohttp import web

    from ....conformance.http.target import Target
    from ....spec.model.operation import Operation
    from ..headers import RawHeaders
    from ..live import ExpectedResponse, LiveJudge

_CODINGS = {"gzip", "x-gzip", "deflate", "identity"}


@dataclass(slots=True)
class ProxiedRequest:
    """A request of a client.

    `request` is what is judged, and `headers` what is sent. `operation` is the one at its path,
    whatever the method; `judged` says whether the contract describes the request. `expected` is the
    request prepared for judging, None until then.
    """

    request: Request
    headers: list[tuple[bytes, bytes]]
    operation: Operation | None
    judged: bool
    client: object
    """The connection of the client and the credentials: together they tell users apart."""
    target: Target
    host: bytes
    """What the client calls the proxy, '' if nothing."""
    expected: ExpectedResponse | None = None

    @classmethod
    def of(cls, message: web.BaseRequest, live: LiveJudge, pseudonym: str) -> ProxiedRequest:
        """Read a client's request; `pseudonym` is the name of the proxy in Via."""
        target = _target(message.raw_path.encode("utf-8", "surrogateescape"), live.target)
        host = (b"Host", live.target.authority.encode("latin-1"))
        has_count = message.method in {"OPTIONS", "TRACE"}
        given = _passed_on(message.raw_headers, host, has_count)
        request = Request(message.method, target, given.text)
        judged = live.is_judged(request)
        headers = list(given.readable if judged else given.headers)
        version = message.version
        headers.append((b"Via", f"{version.major}.{version.minor} {pseudonym}".encode()))
        client = (message.protocol, given.credentials)
        operation, own = live.operation_at(target), message.headers.get("Host", "")
        return cls(request, headers, operation, judged, client, live.target, own.encode())

    def passed_back(self, headers: RawHeaders) -> list[tuple[bytes, bytes]]:
        """Return the headers of the upstream's response that the client gets."""
        return list(moved(end_to_end(headers), self.target, self.host))


class _Headers(NamedTuple):
    """The headers of a request as they are passed on: as they are, and for a judged response.

    `text` is what is judged, and `credentials` a number that differs for other credentials.
    """

    headers: RawHeaders
    readable: RawHeaders
    text: tuple[tuple[str, str], ...]
    credentials: int


@lru_cache(maxsize=32)
def _passed_on(raw: RawHeaders, host: tuple[bytes, bytes], has_count: bool) -> _Headers:
    """Return what is passed on of headers, which most requests of a client have alike."""
    headers = [host, *(header for header in end_to_end(raw) if header[0].lower() != b"host")]
    if has_count and (left := forwards_left(headers)) is not None:
        headers = [_counted(name, value, left) for name, value in headers]
    text = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    credentials = hash(tuple(header for header in text if is_secret(header[0])))
    readable = [_readable(name, value) for name, value in headers]
    return _Headers(headers, readable, text, credentials)


def _target(sent: bytes, upstream: Target) -> bytes:
    if sent == b"*":
        return sent
    if not sent.startswith(b"/"):
        # Meant for a forward proxy. There is one upstream, so the host makes no difference.
        sent = b"/" + sent.partition(b"://")[2].partition(b"/")[2]
    return upstream.prefix.encode("latin-1") + sent


def _counted(name: bytes, value: bytes, left: int) -> tuple[bytes, bytes]:
    """Count this proxy in Max-Forwards (RFC 9110, section 7.6.2)."""
    return name, b"%d" % (left - 1) if name.lower() == b"max-forwards" else value


def _readable(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Ask only for content codings that can be decoded, since the response has to be read."""
    if name.lower() != b"accept-encoding":
        return name, value
    codings = [coding.strip() for coding in value.decode("latin-1").split(",")]
    kept = [c for c in codings if c.partition(";")[0].strip().lower() in _CODINGS]
    return name, ", ".join(kept or ["identity"]).encode("latin-1")
