"""What the stub needs of its server: cut connections, prompt ends, and no traces in the process."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ruangkerja.mock.serve.server import MockServer

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPERVISE = """
import sys
from ruangkerja.mock.serve.server import serve
from ruangkerja.mock.settings import Log, Settings
if __name__ == "__main__":
    sys.exit(serve(Settings(workers=2, log=Log.OFF), lambda url: print(url, flush=True)))
"""


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


def answers(address: str, end: float) -> bool:
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    return False


@pytest.fixture
def supervised() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.terminate()


@pytest.mark.skipif(sys.platform != "linux", reason="the workers are found in /proc")
def test_a_worker_that_dies_is_replaced_and_that_is_said(
    supervised: subprocess.Popen[str],
) -> None:
    process = supervised
    assert process.stdout is not None
    url = urlsplit(process.stdout.readline().strip())

    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")

    def workers() -> set[int]:
        found = set()
        for pid in children.read_text(encoding="ascii").split():
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.add(int(pid))
        return found

    before = workers()
    end = time.monotonic() + 40
    os.kill(min(before), signal.SIGKILL)
    while (len(workers()) < 2 or workers() == before) and time.monotonic() < end:
        time.sleep(0.1)
    assert len(workers() - before) == 1
    # The one that is left may still be starting: the URL is announced when the first one answers.
    assert answers(url.netloc, end)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == signal.SIGINT
    assert "worker-" in errors
    assert "Traceback" not in errors
