"""A connection to a server, for one exchange at a time."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import TYPE_CHECKING

from ..http.exchange import FailureKind
from ..http.response_parser import ResponseParser
from ..http.wire import WireError, tls_reason

if TYPE_CHECKING:
    from ..http.exchange import Response
    from ..http.response_parser import ResponseLimits
    from ..http.wire import Deadline

_PIECE = 65_536
# Seconds after a response for which a connection is expected to stay open.
_IN_USE = 1.0
_SUCCESS = range(200, 300)


class StaleConnectionError(Exception):
    """The server had closed a reused connection."""


class Connection:
    """An open connection for one exchange at a time. It owns its socket.

    `number` is its number in the order of opening.
    """

    def __init__(self, opened: socket.socket, limits: ResponseLimits, number: int = 0) -> None:
        self._socket = opened
        self._limits = limits
        self._used = False
        self._stays_until = 0.0
        self.number = number
        self.is_closed = False
        """Whether the server is known to have closed the connection."""
        self.reusable = True
        """Whether the connection can be used for another request."""

    def prepare(self, part: bytes, deadline: Deadline) -> None:
        """Send a part of a request. `ask`, with the rest of it, reports an error."""
        self.reusable = False
        with contextlib.suppress(OSError):
            self._send(part, deadline)

    def ask(self, method: str, request: bytes, deadline: Deadline) -> Response:
        """Send a request with this method, and return its response.

        Raises WireError if there is no response, and StaleConnectionError if the server closed the
        connection since its last use; the request is then to be sent on a new connection.
        """
        self.reusable = False
        answer = ResponseParser(method, self._limits)
        try:
            self._send(request, deadline)
            while not answer.complete:
                answer.receive(self._receive(deadline))
            response = answer.response()
        except TimeoutError:
            raise answer.late(deadline) from None
        except ssl.SSLError as error:
            raise WireError(
                FailureKind.TLS, f"The TLS connection failed: {tls_reason(error)}."
            ) from None
        except OSError:
            raise self._lost(answer, answer.cut()) from None
        except WireError as error:
            raise self._lost(answer, error) from None
        self._used = True
        self.reusable = answer.leaves_connection_usable
        # A server may end connections after errors, and says how long it keeps them.
        stays = response.status in _SUCCESS and response.header("Keep-Alive") is None
        self._stays_until = time.monotonic() + _IN_USE if stays else 0.0
        return response

    @property
    def is_in_use(self) -> bool:
        """Whether the last response was a success less than a second ago.

        After that, and if the server says how long it keeps connections, it may close this one.
        """
        return time.monotonic() < self._stays_until

    def is_idle(self) -> bool:
        """Return whether the connection is open and has no unexpected data."""
        self._socket.settimeout(0)
        try:
            self.is_closed = not self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            self.is_closed = True
        return False

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def abort(self) -> None:
        """End what another thread is sending or reading on the connection."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _send(self, data: bytes, deadline: Deadline) -> None:
        # Not sendall: with TLS, it restarts the time limit for each part.
        view = memoryview(data)
        while view:
            self._socket.settimeout(deadline.remaining())
            try:
                view = view[self._socket.send(view) :]
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                # The server closed early, perhaps after a response. Read the response.
                return

    def _receive(self, deadline: Deadline) -> bytes:
        self._socket.settimeout(deadline.remaining())
        return self._socket.recv(_PIECE)

    def _lost(self, answer: ResponseParser, error: WireError) -> Exception:
        if self._used and not answer.begun and error.kind is FailureKind.DROPPED:
            return StaleConnectionError()
        return error
