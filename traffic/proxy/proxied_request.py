"""What a client asks the proxy, as it is to be sent on: to the upstream's host, below its path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...conformance.http.exchange import Request
from .messages import headers_of, passed_on

if TYPE_CHECKING:
    import h11

    from ...conformance.http.target import Target
    from ...spec.model import Operation
    from .live import ExpectedResponse, LiveJudge
    from .messages import RawHeaders

_CODINGS = {"gzip", "x-gzip", "deflate", "identity"}


@dataclass(slots=True)
class ProxiedRequest:
    """A request of a client.

    `request` is what is judged, and `headers` what is sent; `operation` is the one at its path,
    whatever the method, and `judged` whether the contract says something about it; `expected` is
    the request as it is judged, once that was made ready.
    """

    request: Request
    headers: RawHeaders
    operation: Operation | None
    judged: bool
    expected: ExpectedResponse | None = None

    @classmethod
    def of(cls, message: h11.Request, live: LiveJudge) -> ProxiedRequest:
        """Read a client's request."""
        target = _target(bytes(message.target), live.target)
        headers = _to(live.target, passed_on(headers_of(message)))
        text = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
        request = Request(message.method.decode("latin-1"), target, text)
        judged = live.is_judged(request)
        if judged:
            headers = [_readable(name, value) for name, value in headers]
        return cls(request, headers, live.operation_at(target), judged)

    @property
    def has_body(self) -> bool:
        """Whether a body follows the headers."""
        return any(
            name.lower() == b"transfer-encoding"
            or (name.lower() == b"content-length" and value.strip() != b"0")
            for name, value in self.headers
        )


def _target(sent: bytes, upstream: Target) -> bytes:
    if sent == b"*":
        return sent
    if not sent.startswith(b"/"):
        # Meant for a forward proxy. There is one server here: its own host does not count.
        sent = b"/" + sent.partition(b"://")[2].partition(b"/")[2]
    return upstream.prefix.encode("latin-1") + sent


def _to(upstream: Target, headers: RawHeaders) -> RawHeaders:
    host = upstream.authority.encode("latin-1")
    return [(b"Host", host), *(header for header in headers if header[0].lower() != b"host")]


def _readable(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Ask only for codings that can be undone, for the answer has to be read."""
    if name.lower() != b"accept-encoding":
        return name, value
    codings = [coding.strip() for coding in value.decode("latin-1").split(",")]
    kept = [c for c in codings if c.partition(";")[0].strip().lower() in _CODINGS]
    return name, ", ".join(kept or ["identity"]).encode("latin-1")
