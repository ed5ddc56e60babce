"""What is answered at once is answered as everything else is, and in its turn."""

from __future__ import annotations

import contextlib
import socket
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.serve.fast_path import Batch, _line
from ruangkerja.mock.serve.server import MockServer

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def request(course: str = "C-1", size: int = 10, *more: str) -> bytes:
    """Write a GET for the first page of a course."""
    head = [
        f"GET {USERS.format(course)}?page=1&pageSize={size} HTTP/1.1",
        "Host: stub.test",
        f"Authorization: {TOKEN}",
        *more,
    ]
    return "\r\n".join([*head, "", ""]).encode()


class Connection:
    """A connection to a server; its answers are read one by one."""

    def __init__(self, url: str) -> None:
        host, port = url.split("/")[2].split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self._unread = b""

    def send(self, data: bytes) -> Connection:
        self.socket.sendall(data)
        return self

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._unread += data

    def answer(self) -> tuple[list[bytes], bytes]:
        """Read one answer: the lines of its head without the date, and its body."""
        while b"\r\n\r\n" not in self._unread:
            self._more()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"date: ")]
        (length,) = (int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        while len(self._unread) < length:
            self._more()
        body, self._unread = self._unread[:length], self._unread[length:]
        return lines, body


@pytest.fixture(scope="module")
def stub() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def connection(stub: MockServer) -> Iterator[Connection]:
    """A connection that has been let in."""
    one = Connection(stub.url)
    one.send(request()).answer()
    yield one
    one.socket.close()


@pytest.mark.parametrize(
    ("course", "more"),
    [("C-1", ()), ("NEW", ()), ("COURSE-FORBIDDEN", ()), ("NEW", ("Origin: http://page.test",))],
)
def test_an_answer_at_once_is_the_one_that_waiting_gives(
    connection: Connection, course: str, more: tuple[str, ...]
) -> None:
    at_once = connection.send(request(course, 10, *more)).answer()
    # Whoever expects 100 is answered by a task.
    waited = connection.send(request(course, 10, *more, "Expect: 100-continue")).answer()
    assert at_once == waited


def test_requests_that_do_not_wait_are_answered_in_order(connection: Connection) -> None:
    slow = "COURSE-SLOW"
    courses = [*(f"C-{n}" for n in range(500)), slow, *(f"D-{n}" for n in range(50))]
    alone = [connection.send(request(course)).answer() for course in courses if course != slow]
    connection.send(b"".join(map(request, courses)))
    together = [connection.answer() for _ in courses]
    assert len(together.pop(500)[1]) > 0
    assert together == alone


def test_a_client_that_does_not_read_is_not_answered_into_memory(stub: MockServer) -> None:
    server = stub._server
    assert server is not None
    one = Connection(stub.url)
    one.send(request()).answer()
    one.socket.settimeout(0.1)
    unsent = b"".join(request(f"C-{n}", 100) for n in range(1000)) * 50
    (connection,) = server.server_state.connections
    end = time.monotonic() + 30
    while not connection.flow.write_paused and time.monotonic() < end:  # type: ignore[union-attr]
        with contextlib.suppress(TimeoutError):
            unsent = unsent[one.socket.send(unsent[:65536]) :]
    held = connection.transport.get_write_buffer_size()
    assert 0 < held < 1_000_000
    one.socket.close()


def test_it_ends_with_a_client_that_does_not_read(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer() as server:
        one = Connection(server.url)
        one.send(request()).answer()
        one.send(b"".join(request(f"C-{n}", 100) for n in range(1000)))
        began = time.monotonic()
    assert time.monotonic() - began < 3
    one.socket.close()
    assert caplog.messages == []


def test_a_connection_that_fails_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    class Failing:
        def __init__(self, name: str) -> None:
            self.name, self.transport = name, self
            self.loop = self

        def call_soon(self, call: Callable[[], None]) -> None:
            self.call = call

        def answered(self, _cycle: Any) -> bytes:
            return b"answer"

        def finish(self, _cycle: Any, _answer: bytes) -> None:
            if self.name == "second":
                raise RuntimeError("the handler is closed")
            done.append(f"{self.name} wrote")

        def abort(self) -> None:
            done.append(f"{self.name} was dropped")

    batch, first = Batch(), Failing("first")
    cycle = SimpleNamespace(scope={"method": "GET", "path": "/"})
    for each in (first, Failing("second"), Failing("third")):
        batch.add(each, cycle)  # type: ignore[arg-type]
    first.call()
    assert done == ["first wrote", "second was dropped", "third wrote"]
    assert caplog.messages == ["GET / was not answered"]


def test_a_connection_that_is_to_be_closed_is_closed(connection: Connection) -> None:
    lines, body = connection.send(request("C-2", 10, "Connection: close")).answer()
    assert b"connection: close" in lines
    assert body
    with pytest.raises(EOFError):
        connection._more()


def test_a_body_that_nobody_asked_for_is_skipped(connection: Connection) -> None:
    plain = connection.send(request("C-3")).answer()
    assert connection.send(request("C-3", 10, "Content-Length: 5") + b"hello").answer() == plain
    assert connection.send(request("C-3")).answer() == plain


def test_what_is_to_wait_waits(connection: Connection) -> None:
    began = time.monotonic()
    connection.send(request("COURSE-SLOW")).answer()
    assert time.monotonic() - began > 0.5


def test_a_latency_that_was_asked_for_is_kept() -> None:
    with MockServer(latency=0.2) as server:
        one = Connection(server.url)
        for _ in range(3):
            began = time.monotonic()
            one.send(request()).answer()
            assert time.monotonic() - began > 0.15
        one.socket.close()


def test_what_is_answered_at_once_is_noted_like_the_rest(
    stub: MockServer, connection: Connection
) -> None:
    stub.requests.clear()
    connection.send(request("NOTED")).answer()
    connection.send(request("NOTED")).answer()
    assert [noted.path for noted in stub.requests] == [USERS.format("NOTED")] * 2
    assert [noted.status for noted in stub.requests] == [200, 200]


@pytest.mark.parametrize(("name", "value"), [(b"a b", b"c"), (b"a", b"b\r\nc: d"), (b"a:", b"b")])
def test_a_header_that_would_be_two_is_not_written(name: bytes, value: bytes) -> None:
    with pytest.raises(ValueError, match="no header"):
        _line(name, value)
