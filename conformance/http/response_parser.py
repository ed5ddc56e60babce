"""Parses a response from the bytes of a connection, without reading from a socket.

h11 parses the response: it accepts what RFC 9112 allows, and keeps the case, order and repetition
of headers. h11 does not write the requests, since it rejects what probes have to send. It gets a
substitute request that has only the method.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from .content_coding import GZIP_BEGINS, decoder, too_large
from .exchange import FailureKind, Response
from .wire import WireError, seconds, size

if TYPE_CHECKING:
    from .content_coding import Decoder
    from .exchange import Headers
    from .wire import Deadline

# Only the method of a request affects how a response is parsed (RFC 9112, 6.3).
_STAND_INS = {
    method: h11.Request(method=method, target="/", headers=[("Host", "stand-in")])
    for method in ("GET", "HEAD", "CONNECT")
}
_END = h11.EndOfMessage()

_INTERIM_ANSWERS = 20
_OPENING = b"HTTP/1."
_OPENING_KEPT = 200
_TLS_RECORD = re.compile(r"[\x14-\x17]\x03")
_HEADERS_TOO_LARGE = 431
# The quotations in messages of h11.
_BYTES = re.compile(r"""(?:bytearray\()?(b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*")""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ResponseLimits:
    """The maximum size of a response, in bytes."""

    header: int
    """All headers."""
    body: int
    """The body, both on the wire and decoded."""


class ResponseParser:
    """Parses the response to one request.

    Call `receive` until `complete` is true, then use `response`. All of them raise WireError if the
    response is invalid.
    """

    def __init__(self, method: str, limits: ResponseLimits) -> None:
        self._limits = limits
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header)
        self._parser.send(_STAND_INS.get(method) or _STAND_INS["GET"])
        self._parser.send(_END)
        self._opening = b""
        self._interim = 0
        self._head: h11.Response | None = None
        self._headers: Headers = ()
        self._body: Decoder = decoder("", 0)
        self._raw_size = 0
        self._ended = False
        self.complete = False

    @property
    def begun(self) -> bool:
        """Whether any byte was received."""
        return bool(self._opening)

    @property
    def leaves_connection_usable(self) -> bool:
        """Whether the connection can be reused after the complete response."""
        return (
            self._parser.our_state is h11.DONE
            and self._parser.their_state is h11.DONE
            and not self._ended
            and not self._parser.trailing_data[0]
        )

    def receive(self, data: bytes) -> None:
        """Add bytes; b"" means that the server closed the connection."""
        if not data:
            self._ended = True
        elif len(self._opening) < _OPENING_KEPT:
            self._opening = (self._opening + data)[:_OPENING_KEPT]
            if not self._opening.startswith(_OPENING[: len(self._opening)]):
                raise self._not_http()
        self._parser.receive_data(data)
        while not self.complete and self._advance():
            pass

    def cut(self) -> WireError:
        """Return the error for a connection that failed or was closed too early."""
        if self._head is None and not self._parser.trailing_data[0]:
            return WireError(
                FailureKind.DROPPED, "The server closed the connection without a response."
            )
        return WireError(
            FailureKind.TRUNCATED,
            f"The server closed the connection in {self._progress()}.",
            status=self._head.status_code if self._head else None,
        )

    def late(self, deadline: Deadline) -> WireError:
        """Return the error for a response that is not complete in time."""
        limit = seconds(deadline.seconds)
        if not self.begun:
            return WireError(FailureKind.TIMEOUT, f"There was no response within {limit}.")
        return WireError(
            FailureKind.TIMEOUT,
            f"The response was not complete within {limit}; it stopped in {self._progress()}.",
        )

    def response(self) -> Response:
        """Return the complete response."""
        if self._head is None:
            raise self.cut()
        response = Response(
            status=self._head.status_code,
            reason=bytes(self._head.reason).decode("latin-1"),
            http_version=f"HTTP/{self._head.http_version.decode('latin-1')}",
            headers=self._headers,
            body=self._body.finish(),
            raw_size=self._raw_size,
        )
        if response.body.startswith(GZIP_BEGINS) and _is_text(response.media_type):
            if response.header("Content-Encoding"):
                what = (
                    "The body of the response is compressed once more than Content-Encoding says."
                )
            else:
                what = "The body of the response is gzip, but it has no Content-Encoding."
            raise WireError(FailureKind.CODING, what)
        return response

    def _advance(self) -> bool:
        """Process one event. Returns False if more bytes are needed."""
        try:
            event = self._parser.next_event()
        except h11.RemoteProtocolError as error:
            raise self.cut() if self._ended else self._malformed(error) from None
        match event:
            case h11.Data():
                self._take(event.data)
            case h11.Response():
                self._begin(event)
            case h11.InformationalResponse():
                self._skip()
            case h11.ConnectionClosed():
                raise self.cut()
            case _:
                # A successful CONNECT has no end of message, only PAUSED.
                self.complete = isinstance(event, h11.EndOfMessage) or event is h11.PAUSED
                return self.complete
        return True

    def _begin(self, head: h11.Response) -> None:
        self._head = head
        self._headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in head.headers.raw_items()
        )
        lines = (len(name) + len(value) + len(": \r\n") for name, value in self._headers)
        if sum(lines) > self._limits.header:
            raise self._headers_too_large()
        if {"content-length", "transfer-encoding"} <= {name.lower() for name, _ in self._headers}:
            raise WireError(
                FailureKind.MALFORMED,
                "The response has both Content-Length and Transfer-Encoding, which clients such as "
                "Node reject (RFC 9112, section 6.2).",
            )
        codings = (value for name, value in self._headers if name.lower() == "content-encoding")
        self._body = decoder(", ".join(codings), self._limits.body)

    def _take(self, data: bytes) -> None:
        self._raw_size += len(data)
        if self._raw_size > self._limits.body:
            raise too_large(self._limits.body)
        self._body.feed(bytes(data))

    def _skip(self) -> None:
        self._interim += 1
        if self._interim > _INTERIM_ANSWERS:
            raise WireError(
                FailureKind.MALFORMED,
                f"The server sent more than {_INTERIM_ANSWERS} interim responses (1xx), "
                "but no final one.",
            )

    def _progress(self) -> str:
        if self._head is None:
            return "the headers"
        announced = dict(self._head.headers).get(b"content-length")
        of = f" of {int(announced):,}" if announced and announced.isdigit() else ""
        return f"the body of a {self._head.status_code}, after {self._raw_size:,}{of} bytes"

    def _not_http(self) -> WireError:
        opening = self._opening.decode("latin-1")
        if _TLS_RECORD.match(opening):
            return WireError(
                FailureKind.MALFORMED,
                "The response is TLS and not HTTP/1.x, so the URL may have to start with https://.",
            )
        return WireError(
            FailureKind.MALFORMED,
            "The response is not HTTP/1.x: it starts with {quoted}.",
            quoted=opening,
        )

    def _headers_too_large(self) -> WireError:
        return WireError(
            FailureKind.TOO_LARGE,
            "The headers of the response are larger than the limit of "
            f"{size(self._limits.header)}.",
        )

    def _malformed(self, error: h11.RemoteProtocolError) -> WireError:
        if error.error_status_hint == _HEADERS_TOO_LARGE:
            if self._head is None:
                return self._headers_too_large()
            return WireError(
                FailureKind.TOO_LARGE,
                "A line in the chunked body of the response is longer than the limit of "
                f"{size(self._limits.header)}.",
            )
        reason, quoted = str(error), ""
        if "_SWITCH" in reason:
            reason = "it switches to another protocol without a request"
        elif match := _BYTES.search(reason):
            reason = f"{reason[: match.start()].rstrip(' :')} {{quoted}}"
            quoted = ast.literal_eval(match[1]).decode("latin-1")
        return WireError(
            FailureKind.MALFORMED, f"The response is not valid HTTP: {reason}.", quoted
        )


def _is_text(media_type: str | None) -> bool:
    return media_type is not None and (media_type.startswith("text/") or "json" in media_type)
