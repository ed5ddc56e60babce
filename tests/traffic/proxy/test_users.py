"""No user ever gets another user's response, whatever an upstream sends, and whenever."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.target import Target
from tests.helpers.wire_server import READ, Script, WireServer, answer

from .test_proxy import GET, JSON, ask, body, connected, page, proxying

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.traffic.proxy.serve import Proxy

USERS = 5
VISITS = 3
METHODS = ("GET", "HEAD", "GET", "GET", "HEAD", "GET")
"""Of one visit, over one connection."""


class Upstream(WireServer):
    """Responds with the user that asked, and with more than that, as `misbehave` does."""

    def __init__(self, misbehave: Callable[[socket.socket, bytes, bytes], None]) -> None:
        super().__init__([])
        self.misbehave = misbehave

    def _serve(self, connection: socket.socket, number: int) -> None:
        del number
        connection.settimeout(10)
        with suppress(OSError), connection:
            asked = b""
            while data := connection.recv(65_536):
                asked += data
                while b"\r\n\r\n" in asked:
                    head, _, asked = asked.partition(b"\r\n\r\n")
                    user = head.partition(b"X-User: ")[2].partition(b"\r\n")[0]
                    self.misbehave(connection, head.partition(b" ")[0], user)


def stray(connection: socket.socket, _: bytes, user: bytes) -> None:
    """Send the response again when the connection is idle."""
    connection.sendall(answer(user))
    time.sleep(0.02)
    connection.sendall(answer(user))


def surplus(connection: socket.socket, _: bytes, user: bytes) -> None:
    """Send the response twice at once."""
    connection.sendall(answer(user) * 2)


def late(connection: socket.socket, _: bytes, user: bytes) -> None:
    """Send the response again when the next request may already be under way."""
    connection.sendall(answer(user))
    time.sleep(0.002)
    connection.sendall(answer(user))


def after_head(connection: socket.socket, method: bytes, user: bytes) -> None:
    """Send a body after HEAD that is a response itself."""
    reply = answer(answer(user) if method == b"HEAD" else user)
    head, _, rest = reply.partition(b"\r\n\r\n")
    connection.sendall(head + b"\r\n\r\n")
    connection.sendall(rest)


def after_no_content(connection: socket.socket, method: bytes, user: bytes) -> None:
    """Send a body after 204 that is a response itself."""
    if method == b"HEAD":
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        connection.sendall(answer(user))
    else:
        connection.sendall(answer(user))


@pytest.mark.parametrize("misbehave", [stray, surplus, late, after_head, after_no_content])
def test_no_user_gets_the_response_of_another(
    misbehave: Callable[[socket.socket, bytes, bytes], None],
) -> None:
    wrong: list[tuple[str, bytes]] = []
    right: list[str] = []

    def use(proxy: Proxy, user: str) -> None:
        target = Target.parse(proxy.url)
        for _ in range(VISITS):
            visit = http.client.HTTPConnection(target.host, target.port, timeout=10)
            with closing(visit):
                for method in METHODS:
                    visit.request(method, "/me", headers={"X-User": user})
                    got = visit.getresponse().read()
                    if got == user.encode():
                        right.append(user)
                    elif b"user-" in got:
                        wrong.append((user, got))

    with Upstream(misbehave) as upstream, proxying(upstream.url) as proxy:
        threads = [
            threading.Thread(target=use, args=(proxy, f"user-{number}")) for number in range(USERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert set(right) == {f"user-{number}" for number in range(USERS)}


def test_a_kept_connection_with_unread_bytes_is_not_used_again() -> None:
    first: Script = [READ, answer(page(), JSON), lambda: time.sleep(0.05), answer(b"stray"), READ]
    with WireServer([first, [READ, answer(page(), JSON)]]) as upstream:  # noqa: SIM117
        with proxying(upstream.url) as proxy, connected(proxy) as connection:
            connection.sendall(GET)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
            time.sleep(0.2)
            connection.sendall(GET)
            assert b"stray" not in connection.recv(65_536)
            assert upstream.connections == 2


def test_a_response_that_comes_after_the_time_limit_reaches_nobody() -> None:
    late: Script = [READ, lambda: time.sleep(0.2), answer(b"late"), READ]
    script: Script = [READ, answer(page(), JSON)]
    with WireServer([late, script]) as upstream, proxying(upstream.url, timeout=0.1) as proxy:
        with connected(proxy) as connection:
            connection.sendall(GET)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 504 ")
            time.sleep(0.2)
            connection.sendall(GET)
            assert b"late" not in connection.recv(65_536)
        assert upstream.connections == 2


def test_a_kept_connection_serves_one_client() -> None:
    script: Script = [READ, answer(page(), JSON), READ, answer(page(), JSON)]
    with WireServer([script]) as upstream, proxying(upstream.url) as proxy:
        for _ in range(2):
            assert len(body(ask(proxy))["data"]["items"]) == 10
        assert upstream.connections == 2


def read_ok(connection: socket.socket) -> None:
    got = b""
    while not got.endswith(b"\r\n\r\nok"):
        got += connection.recv(65_536)


@pytest.mark.parametrize("header", [b"Authorization", b"Cookie", b"X-Session-Id"])
def test_a_kept_connection_serves_one_user_of_a_shared_connection(header: bytes) -> None:
    script: Script = [READ, answer(b"ok"), READ, answer(b"ok"), READ, answer(b"ok")]
    with WireServer([script]) as upstream, proxying(upstream.url) as proxy:
        with connected(proxy) as connection:
            for user in (b"one", b"two", b"one"):
                line = b"GET /me HTTP/1.1\r\nHost: localhost\r\n" + header + b": " + user
                connection.sendall(line + b"\r\n\r\n")
                read_ok(connection)
        assert upstream.connections == 2


def test_a_kept_connection_does_not_pass_to_the_next_client_at_the_same_port() -> None:
    script: Script = [READ, answer(b"ok"), READ, answer(b"ok")]
    with WireServer([script]) as upstream, proxying(upstream.url) as proxy:
        target, port = Target.parse(proxy.url), 0
        for _ in range(2):
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.bind(("127.0.0.1", port))
                port = client.getsockname()[1]
                client.connect((target.host, target.port))
                client.sendall(b"GET /me HTTP/1.1\r\nHost: localhost\r\n\r\n")
                read_ok(client)
        assert upstream.connections == 2
