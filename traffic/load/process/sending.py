"""Sends the requests of a user with Locust's client, and records each as an exchange."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from typing import TYPE_CHECKING

from gevent import Timeout
from geventhttpclient.response import HTTPParseError
from locust.contrib.fasthttp import FastResponse

from ....conformance.http.content_coding import decoder, too_large
from ....conformance.http.exchange import Exchange, Failure, FailureKind, Response
from ....conformance.http.wire import WireError, seconds, tls_reason

if TYPE_CHECKING:
    from locust.contrib.fasthttp import FastHttpSession, ResponseContextManager

    from ....conformance.http.exchange import Headers
    from ..journeys import Step

LARGEST = 4 << 20
"""Bytes of a body that is judged."""
_PART = 1 << 16
# What is missing where the requests come from, not where they go to.
_OWN = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH}
_CUT_OFF = Failure(
    FailureKind.TRUNCATED,
    "The server closed the connection in the body, or the body is not valid HTTP.",
)


class BoundedResponse(FastResponse):
    """A response of Locust's client whose body is decoded as the suite does, up to a limit."""

    raw_size = 0

    def _content(self) -> bytes | None:  # type: ignore[override] # as in FastResponse
        response, headers = self._response, self.headers
        if response is None or headers is None:
            return None
        try:
            body = decoder(", ".join(headers.getlist("content-encoding")), LARGEST)
            while data := response.read(_PART):
                self.raw_size += len(data)
                if self.raw_size > LARGEST:
                    raise too_large(LARGEST)
                body.feed(data)
            found = body.finish()
        except WireError as error:
            raise UnusableBodyError(error) from None
        finally:
            self.release()
        return found


class UnusableBodyError(HTTPParseError):
    """A body that cannot be decoded, or is too large; Locust counts it as a failure."""

    def __init__(self, error: WireError) -> None:
        super().__init__(str(error))
        self.failure = Failure(error.kind, error.told(lambda text: text))


class Sender:
    """Sends requests with the client of one user; `timeout` is for a whole response."""

    def __init__(self, session: FastHttpSession, timeout: float) -> None:
        agent = session.client
        # Each response is recorded as it is: nothing is followed, refused or remembered.
        agent.response_type = BoundedResponse  # type: ignore[misc] # of this user alone
        agent.valid_response_codes = frozenset(range(100, 600))  # type: ignore[misc]
        agent.redirect_response_codes = frozenset()  # type: ignore[misc]
        agent.cookiejar = None
        self._session = session
        self._timeout = timeout
        self._text = seconds(timeout)

    def send(self, step: Step, number: int) -> tuple[ResponseContextManager, Exchange | None]:
        """Send a request; return Locust's response, and the exchange.

        The exchange is None if the request could not be sent for a reason of this machine.
        """
        request = step.request
        started, clock = time.time(), time.perf_counter()
        with Timeout(self._timeout):
            found = self._session.request(
                request.method,
                request.target.decode("latin-1"),
                name=step.path,
                data=request.body or None,  # type: ignore[arg-type] # bytes are sent as they are
                headers=dict(request.headers),
                catch_response=True,
            )
        duration = time.perf_counter() - clock
        error = found.request_meta["exception"]
        raw, headers = found._response, found.headers  # noqa: SLF001 - what has the version
        if error is None and raw is not None:
            response = Response(
                status=raw.get_code(),
                reason=raw.status_message or "",
                http_version=raw.version,
                headers=_pairs(headers),
                body=found.content,
                raw_size=getattr(found, "raw_size", 0),
            )
            return found, Exchange(number, request, response, None, started, duration)
        failure = self._failure(error, begun=bool(headers))
        if failure is None:
            return found, None
        return found, Exchange(number, request, None, failure, started, duration)

    def _failure(self, error: BaseException | None, *, begun: bool) -> Failure | None:
        """Return why there is no response, None if this machine is the cause."""
        if isinstance(error, UnusableBodyError):
            return error.failure
        if isinstance(error, OSError) and error.errno in _OWN:
            return None
        if isinstance(error, Timeout | TimeoutError):
            what = "The response was not complete" if begun else "There was no response"
            return Failure(FailureKind.TIMEOUT, f"{what} within {self._text}.")
        if isinstance(error, ssl.SSLError):
            what = f"The TLS connection failed: {tls_reason(error)}."
            return Failure(FailureKind.TLS, what)
        return _CUT_OFF if begun else _without_response(error)


def _without_response(error: BaseException | None) -> Failure:
    if isinstance(error, ConnectionRefusedError):
        return Failure(FailureKind.REFUSED, "The port refuses connections.")
    if isinstance(error, socket.gaierror):
        return Failure(FailureKind.UNREACHABLE, "The host name cannot be resolved.")
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return Failure(FailureKind.UNREACHABLE, "The host cannot be reached.")
    if isinstance(error, HTTPParseError) and "closed" not in str(error):
        return Failure(FailureKind.MALFORMED, "The response is not valid HTTP.")
    return Failure(
        FailureKind.DROPPED, "The server closed the connection without a complete response."
    )


def _pairs(headers: object) -> Headers:
    return tuple(headers.items())  # type: ignore[attr-defined]
