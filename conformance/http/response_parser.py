"""One answer, put together from the bytes of a connection; it reads no socket itself.

h11 does the reading: it takes what RFC 9112 allows, refuses the rest, and keeps case, order and
repeats of the headers. It does not see the requests, for it would refuse to write what the probes
have to send; a stand-in tells it the one thing about a request that matters to the answer.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from .content_coding import decoder, too_large
from .exchange import FailureKind, Response
from .wire import WireError, seconds, size

if TYPE_CHECKING:
    from .content_coding import Decoder
    from .exchange import Headers
    from .wire import Deadline

# Whether an answer has a body depends on the method (RFC 9112, 6.3), and on nothing else asked.
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
# What h11 quotes in its messages.
_BYTES = re.compile(r"""(?:bytearray\()?(b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*")""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ResponseLimits:
    """How much of an answer is taken in, in bytes."""

    header: int
    """The headers together."""
    body: int
    """The body, on the wire as well as decoded."""


class ResponseParser:
    """The answer to one request, as far as it has come.

    Feed it with `receive` until `complete` is true, then take the `response`. All of them raise
    WireError when the answer turns out to be none.
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
        """Whether any byte has come."""
        return bool(self._opening)

    @property
    def leaves_connection_usable(self) -> bool:
        """Whether a complete answer, by its framing and headers, lets the connection go on."""
        return (
            self._parser.our_state is h11.DONE
            and self._parser.their_state is h11.DONE
            and not self._ended
            and not self._parser.trailing_data[0]
        )

    def receive(self, data: bytes) -> None:
        """Take the next bytes, b"" when the server closed the connection."""
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
        """Make the error of a connection that broke, or ended where it should not have."""
        if self._head is None and not self._parser.trailing_data[0]:
            return WireError(
                FailureKind.DROPPED, "The server closed the connection without an answer."
            )
        return WireError(
            FailureKind.TRUNCATED, f"The server closed the connection within {self._progress()}."
        )

    def late(self, deadline: Deadline) -> WireError:
        """Make the error of an answer that is not complete in time."""
        limit = seconds(deadline.seconds)
        if not self.begun:
            return WireError(FailureKind.TIMEOUT, f"No answer came within {limit}.")
        return WireError(
            FailureKind.TIMEOUT,
            f"The answer was not complete within {limit}; what came ends in {self._progress()}.",
        )

    def response(self) -> Response:
        """Give the answer once it is complete."""
        if self._head is None:
            raise self.cut()
        return Response(
            status=self._head.status_code,
            reason=bytes(self._head.reason).decode("latin-1"),
            http_version=f"HTTP/{self._head.http_version.decode('latin-1')}",
            headers=self._headers,
            body=self._body.finish(),
            raw_size=self._raw_size,
        )

    def _advance(self) -> bool:
        """Take one event; False if it has to be waited for."""
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
                # PAUSED is all that a successful CONNECT leaves of an answer's end.
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
                f"The server sent more than {_INTERIM_ANSWERS} interim answers (1xx) "
                "and not yet a final one.",
            )

    def _progress(self) -> str:
        if self._head is None:
            return "the headers"
        announced = dict(self._head.headers).get(b"content-length")
        of = f" of {int(announced):,}" if announced and announced.isdigit() else ""
        return f"the body of a {self._head.status_code}, after {self._raw_size:,}{of} bytes"

    def _not_http(self) -> WireError:
        opening = self._opening.decode("latin-1")
        hint = ""
        if _TLS_RECORD.match(opening):
            hint = "; that is TLS, so perhaps the URL should begin with https://"
        return WireError(
            FailureKind.MALFORMED,
            f"The answer is not HTTP/1.x: it begins with {{quoted}}{hint}.",
            quoted=opening,
        )

    def _headers_too_large(self) -> WireError:
        return WireError(
            FailureKind.TOO_LARGE,
            f"The headers of the answer are larger than {size(self._limits.header)}, "
            "the most that is taken in.",
        )

    def _malformed(self, error: h11.RemoteProtocolError) -> WireError:
        if error.error_status_hint == _HEADERS_TOO_LARGE:
            if self._head is None:
                return self._headers_too_large()
            return WireError(
                FailureKind.TOO_LARGE,
                "A line within the chunked body of the answer is longer than "
                f"{size(self._limits.header)}, the most that is taken in.",
            )
        reason, quoted = str(error), ""
        if "_SWITCH" in reason:
            reason = "it switches to another protocol, which was not asked for"
        elif match := _BYTES.search(reason):
            reason = f"{reason[: match.start()].rstrip(' :')} {{quoted}}"
            quoted = ast.literal_eval(match[1]).decode("latin-1")
        return WireError(
            FailureKind.MALFORMED, f"The answer breaks the rules of HTTP: {reason}.", quoted
        )
