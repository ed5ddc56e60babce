"""What the stub needs of its server: cut connections, prompt ends, and no traces in the process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ruangkerja.mock.http import incoming_body
from ruangkerja.mock.serve.granian_server import Server
from ruangkerja.mock.serve.listening import AddressError, reserved
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.mock.settings import Settings

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send


@pytest.fixture(scope="module")
def stub() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def connected(server: MockServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 10)


def request(course: str, *headers: str, query: str = "page=1&pageSize=10") -> bytes:
    lines = [f"GET {USERS.format(course)}?{query} HTTP/1.1", f"Authorization: {TOKEN}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def everything(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65_536):
        data += piece
    return data


@pytest.mark.parametrize("hosts", [(), ("Host: a", "Host: b")])
def test_a_request_names_its_host_once(stub: MockServer, hosts: tuple[str, ...]) -> None:
    with connected(stub) as connection:
        connection.sendall(request("C", *hosts, "Connection: close"))
        data = everything(connection)
    assert data.startswith(b"HTTP/1.1 400 ")
    assert b'"errorCode":101' in data
    assert b"header Host" in data


def test_a_body_that_servers_could_end_at_different_places_closes_its_connection(
    stub: MockServer,
) -> None:
    coded = request("C", "Host: a", "Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n"
    with connected(stub) as connection:
        # After a request that routing and security admitted with the same credentials.
        connection.sendall(request("C", "Host: a") + coded)
        data = everything(connection)
    first, second = data.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200 ")
    assert second.startswith(b"400 ")
    assert b"Transfer-Encoding is not valid" in second


def test_a_request_of_http_1_0_needs_no_host(stub: MockServer) -> None:
    with connected(stub) as connection:
        connection.sendall(request("C").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert everything(connection).startswith(b"HTTP/1.0 200 ")


def test_requests_of_one_connection_are_answered_in_their_order(stub: MockServer) -> None:
    courses = [f"ORDER-{number}" for number in range(20)]
    with connected(stub) as connection:
        for course in courses[:-1]:
            connection.sendall(request(course, "Host: a"))
        connection.sendall(request(courses[-1], "Host: a", "Connection: close"))
        data = everything(connection)
    assert data.count(b"HTTP/1.1 200 ") == 20
    noted = [entry.path for entry in stub.requests if "ORDER-" in entry.path]
    assert noted == [USERS.format(course) for course in courses]


@pytest.mark.parametrize("what", ["slow", "stream", "unread"])
def test_it_ends_promptly_whatever_a_client_does(what: str) -> None:
    before = set(threading.enumerate())
    with MockServer() as server:
        connection = connected(server)
        if what == "stream":
            connection.sendall(b"GET /-/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        elif what == "slow":
            connection.sendall(request("COURSE-SLOW", "Host: a"))
        else:
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.sendall(request("C", "Host: a", query="page=1&pageSize=100") * 50_000)
        time.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert set(threading.enumerate()) <= before
    connection.settimeout(10)
    with connection:
        if what == "slow":
            assert everything(connection) == b""
        with pytest.raises(ConnectionRefusedError):
            connected(server)


def test_logging_of_the_process_stays_as_it_is(tmp_path: Path) -> None:
    handler = logging.FileHandler(tmp_path / "log", mode="w")
    log = logging.getLogger("of.the.process")
    log.addHandler(handler)
    log.error("before")
    try:
        with MockServer():
            log.error("after")
    finally:
        log.removeHandler(handler)
        handler.close()
    assert (tmp_path / "log").read_text(encoding="utf-8") == "before\nafter\n"


def closed_after(connection: socket.socket, *, send: bytes = b"") -> float:
    began = time.monotonic()
    with connection:
        connection.sendall(send)
        everything(connection)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", request("C", "Host: a")],
    ids=["", "half", "idle"],
)
def test_a_connection_without_a_complete_request_is_closed(
    impatient: MockServer, sent: bytes
) -> None:
    assert 0.2 < closed_after(connected(impatient), send=sent) < 2


def test_a_head_that_comes_letter_by_letter_has_the_same_time(impatient: MockServer) -> None:
    began = time.monotonic()
    with connected(impatient) as connection, contextlib.suppress(OSError):
        while time.monotonic() - began < 5:
            connection.sendall(b"G")
            time.sleep(0.02)
    assert time.monotonic() - began < 2


@pytest.fixture(scope="module")
def impatient() -> Iterator[MockServer]:
    with MockServer(keep_alive=0.3) as server:
        yield server


def test_without_keep_alive_each_response_closes_its_connection() -> None:
    with MockServer(keep_alive=0) as server:
        assert closed_after(connected(server), send=request("C", "Host: a")) < 1


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([f"X: {'a' * 2_000_000}"], 431),
        ([f"X-{number}: a" for number in range(200)], 431),
        (["Content-Length: 1", "Content-Length: 2"], 400),
        (["X: a", " folded"], 400),
        (["X : a"], 400),
    ],
    ids=["large", "many", "lengths", "folded", "space"],
)
def test_a_head_that_is_too_large_or_ambiguous_is_rejected_and_closes(
    stub: MockServer, lines: list[str], status: int
) -> None:
    with connected(stub) as connection:
        with contextlib.suppress(OSError):  # it need not read all of it
            connection.sendall(request("C", "Host: a", *lines))
        assert everything(connection).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    ("length", "status"), [("10", 408), ("5000000", 413)], ids=["slow", "large"]
)
def test_a_body_that_is_too_slow_or_too_large_gets_an_error_of_the_contract_and_closes(
    root: Path, monkeypatch: pytest.MonkeyPatch, length: str, status: int
) -> None:
    monkeypatch.setattr(incoming_body, "LONGEST", 0.2)
    with MockServer(root / "tests" / "data" / "payments.yaml", any_token=True) as server:
        operation = next(each for each in server.contract.operations if each.body is not None)
        path = operation.path.replace("{", "").replace("}", "")
        head = f"{operation.method} {server.contract.base_path}{path} HTTP/1.1\r\nHost: a"
        with connected(server) as connection:
            connection.sendall(f"{head}\r\nAuthorization: Bearer a\r\n".encode())
            connection.sendall(f"Content-Length: {length}\r\n\r\n{{".encode())
            data = everything(connection)
    assert data.startswith(b"HTTP/1.1 %d " % status)
    assert b"json" in data


def test_thousands_of_held_connections_lock_nobody_out(stub: MockServer) -> None:
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    kinds = (b"", b"GET / HTTP/1.1\r\n", request("C", "Host: a"))
    held = []
    try:
        for number in range(min(2000, limit // 2 - 100)):
            held.append(connected(stub))
            held[-1].sendall(kinds[number % len(kinds)])
        with connected(stub) as connection:
            connection.sendall(request("C", "Host: a", "Connection: close"))
            assert everything(connection).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in held:
            connection.close()


def has_address(address: str) -> bool:
    try:
        with reserved(address, 0):
            return True
    except AddressError:
        return False


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_localhost_is_served_at_both_of_its_addresses(address: str) -> None:
    with MockServer(host="localhost") as server:
        assert server.url.startswith("http://localhost:")
        try:
            connection = socket.create_connection((address, urlsplit(server.url).port or 0), 10)
        except OSError:
            if has_address(address):
                raise
            pytest.skip("this machine has no IPv6")
        with connection:
            connection.sendall(request("C", "Host: localhost", "Connection: close"))
            assert everything(connection).startswith(b"HTTP/1.1 200 ")


class Running:
    """A server with an application, in a thread."""

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        self.held = reserved("127.0.0.1", 0)
        self.port = (endpoint := self.held.__enter__()).port
        self.server = Server(app, endpoint, Settings(), **options)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()

    def ask(self, *, until: Callable[[], bool]) -> socket.socket:
        """Send a request, and return when the application has it."""
        end = time.monotonic() + 10
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), 10)
                break
            except ConnectionRefusedError:
                assert time.monotonic() < end
                time.sleep(0.01)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while not until():
            assert time.monotonic() < end
            time.sleep(0.01)
        return connection

    def ended(self) -> None:
        self.thread.join(10)
        self.held.__exit__(None, None, None)
        assert not self.thread.is_alive()


class Slow:
    """An application that takes some time for a response."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.requests = seconds, 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.requests += 1
        await asyncio.sleep(self.seconds)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


def test_requests_in_flight_finish_in_the_grace() -> None:
    slow = Slow(0.3)
    running = Running(slow, grace=5.0)
    with running.ask(until=lambda: slow.requests == 1) as connection:
        running.server.stop()
        assert everything(connection).endswith(b"done")
    running.ended()


@pytest.mark.parametrize("hurried", [False, True])
def test_after_the_grace_or_a_second_stop_they_are_cut_without_a_response(hurried: bool) -> None:
    slow = Slow(30)
    running = Running(slow, grace=30.0 if hurried else 0.2)
    with running.ask(until=lambda: slow.requests == 1) as connection:
        running.server.stop()
        if hurried:
            time.sleep(0.1)
            running.server.stop()
        assert everything(connection) == b""
    running.ended()
