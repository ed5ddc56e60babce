"""Clients that hold connections, send slowly or never read lock nobody out."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from ruangkerja.traffic.proxy import upstream
from ruangkerja.traffic.proxy.clients import connections
from tests.helpers.wire_server import HOLD, READ, STALL, Script, WireServer, answer

from ..test_proxy import GET, ask, connected, proxying, rest, told
from ..test_users import read_ok

if TYPE_CHECKING:
    import socket

    from ruangkerja.traffic.proxy.serve import Proxy

Clients = connections.Clients
PLAIN = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
OK: Script = [READ, answer(b"ok")]


def held(proxy: Proxy, stack: contextlib.ExitStack, sent: bytes, count: int) -> list[socket.socket]:
    connections = [stack.enter_context(connected(proxy)) for _ in range(count)]
    for connection in connections:
        connection.sendall(sent)
    return connections


@pytest.mark.parametrize("sent", [b"", b"GET /x HTTP/1.1\r\nHo"])
def test_connections_without_a_request_make_room(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    with WireServer([OK]) as server, proxying(server.url) as proxy, contextlib.ExitStack() as stack:
        first, *_ = held(proxy, stack, sent, 6)
        assert ask(proxy, PLAIN).endswith(b"ok")
        assert rest(first) == b""


def test_the_connection_that_was_used_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 2)
    keeping: Script = [READ, answer(b"ok"), READ, answer(b"ok"), HOLD]
    with (
        WireServer([keeping]) as server,
        proxying(server.url) as proxy,
        contextlib.ExitStack() as stack,
    ):
        first, second = held(proxy, stack, b"", 2)
        for connection in (second, first):
            connection.sendall(PLAIN)
            read_ok(connection)
        assert ask(proxy, PLAIN).endswith(b"ok")
        assert rest(second) == b""
        first.sendall(PLAIN)
        read_ok(first)


def test_connections_without_a_request_are_closed_even_if_none_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 1)
    monkeypatch.setattr(connections, "_TRIMMED_EVERY", 0.01)
    with WireServer([OK]) as server, proxying(server.url) as proxy, contextlib.ExitStack() as stack:
        first, *_ = held(proxy, stack, b"", 2)
        assert rest(first) == b""


def test_a_request_is_refused_if_all_connections_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 2)
    with (
        WireServer([[READ, HOLD]]) as server,
        proxying(server.url) as proxy,
        contextlib.ExitStack() as stack,
    ):
        held(proxy, stack, PLAIN, 2)
        while len(server.requests) < 2:
            time.sleep(0.001)
        assert ask(proxy, PLAIN).startswith(b"HTTP/1.1 503 ")


def test_a_head_that_is_never_complete_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE", 0.05)
    with WireServer([OK]) as server, proxying(server.url) as proxy, connected(proxy) as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHo")
        assert rest(connection) == b""


@pytest.mark.parametrize("request_line", [GET.split(b"\r\n")[0], b"POST /x HTTP/1.1"])
def test_a_body_that_is_never_complete_is_given_up(
    monkeypatch: pytest.MonkeyPatch, request_line: bytes
) -> None:
    monkeypatch.setattr(connections, "SILENCE", 0.05)
    monkeypatch.setattr(upstream, "SILENCE", 0.05)
    sent = request_line + b"\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"
    with WireServer([OK]) as server, proxying(server.url) as proxy, connected(proxy) as connection:
        connection.sendall(sent)
        assert connection.recv(65_536)[:13] in {b"HTTP/1.1 408 ", b"HTTP/1.1 504 "}


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nX-Half: ", b"HTTP/1.1 100 a\r\n\r\n"]
)
def test_an_upstream_that_falls_silent_is_given_up(
    monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(upstream, "SILENCE", 0.1)
    script: Script = [READ, beginning, STALL]
    with WireServer([script]) as server, proxying(server.url, timeout=0.1) as proxy:
        assert ask(proxy, PLAIN).startswith(b"HTTP/1.1 504 ")


def test_a_body_of_an_upstream_that_falls_silent_ends_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upstream, "SILENCE", 0.1)
    script: Script = [READ, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", STALL]
    with WireServer([script]) as server, proxying(server.url, timeout=0.1) as proxy:
        assert ask(proxy, PLAIN).endswith(b"\r\n\r\nhalf")


@pytest.mark.parametrize("sent", [PLAIN, GET])
def test_a_client_that_never_reads_is_given_up(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "SILENCE", 0.5)
    monkeypatch.setattr(connections, "_SLOWEST", 2**30)
    made: list[connections.Clients] = []
    monkeypatch.setattr(connections, "Clients", lambda: made.append(Clients()) or made[-1])
    large = answer(b"a" * 7_000_000)  # more than the system takes for the client
    with WireServer([[READ, large, HOLD]]) as server, proxying(server.url) as proxy:
        with connected(proxy, buffer=65_536) as connection:
            connection.sendall(sent)
            for is_busy in (True, False):
                while bool(made[0]._busy) is not is_busy:
                    time.sleep(0.001)
            with contextlib.suppress(ConnectionResetError):
                assert len(rest(connection)) < len(large)
        [line] = [line for line in told(proxy) if line.startswith("a request was given up")]
        assert line.endswith("the client did not read the response in time")
        server.scripts = [OK]
        assert ask(proxy, PLAIN).endswith(b"ok")


def test_a_client_that_leaves_is_no_news() -> None:
    large = answer(b"a" * 5_000_000)
    with WireServer([[READ, large]]) as server, proxying(server.url) as proxy:
        for sent in (PLAIN, PLAIN, GET):
            with connected(proxy) as connection:
                connection.sendall(sent)
                connection.recv(10)
        assert ask(proxy, PLAIN).endswith(b"aaa")
    assert not any("given up" in line for line in told(proxy))
