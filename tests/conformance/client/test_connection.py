from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from ruangkerja.conformance.client.connection import Connection
from ruangkerja.conformance.http.exchange import FailureKind
from ruangkerja.conformance.http.response_parser import ResponseLimits
from ruangkerja.conformance.http.wire import Deadline, WireError
from tests.helpers.wire_server import answer


class BrokenSocket:
    """A socket that takes a few bytes of a request and then fails, and has these bytes to read."""

    def __init__(self, failure: Exception, *received: bytes | Exception) -> None:
        self.failure = failure
        self.received = list(received)
        self.sent = b""

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def send(self, data: bytes) -> int:
        if self.sent:
            raise self.failure
        self.sent = bytes(data[:3])
        return len(self.sent)

    def recv(self, _: int) -> bytes:
        piece = self.received.pop(0)
        if isinstance(piece, Exception):
            raise piece
        return piece


def connection(failure: Exception, *received: bytes | Exception) -> Connection:
    opened: Any = BrokenSocket(failure, *received)
    return Connection(opened, ResponseLimits(header=1000, body=1000))


@pytest.mark.parametrize("failure", [BrokenPipeError(), ConnectionResetError(), ssl.SSLEOFError()])
def test_what_the_server_said_before_it_hung_up_is_read(failure: Exception) -> None:
    refused = answer(b"no", status=b"413 Content Too Large")

    response = connection(failure, refused).ask("POST", b"POST /", Deadline(5))

    assert (response.status, response.body) == (413, b"no")


@pytest.mark.parametrize("end", [b"", ConnectionResetError(), OSError()])
def test_a_server_that_hangs_up_within_the_request_drops_it(end: bytes | Exception) -> None:
    with pytest.raises(WireError) as error:
        connection(BrokenPipeError(), end).ask("POST", b"POST /", Deadline(5))

    assert error.value.kind is FailureKind.DROPPED


def test_broken_encryption_is_told_apart() -> None:
    broken = ssl.SSLError(1, "Bad record MAC")

    with pytest.raises(WireError, match="failed: bad record mac") as error:
        connection(BrokenPipeError(), broken).ask("GET", b"GET /", Deadline(5))

    assert error.value.kind is FailureKind.TLS


def test_with_no_time_left_nothing_is_sent() -> None:
    opened, other = socket.socketpair()
    with opened, other, pytest.raises(WireError) as error:
        Connection(opened, ResponseLimits(header=1000, body=1000)).ask("GET", b"GET /", Deadline(0))

    assert error.value.kind is FailureKind.TIMEOUT
