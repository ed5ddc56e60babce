"""A server that is starting is waited for, and nothing of that is evidence."""

from __future__ import annotations

import pytest

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.client.waiting import wait_for
from ruangkerja.conformance.http.target import Target
from tests.helpers.wire_server import READ, RESET, Script, WireServer, answer


class Clock:
    """Time passes only while somebody sleeps."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def waited(url: str, seconds: float, notes: list[str] | None = None, **settings: object) -> float:
    clock = Clock()
    notes = [] if notes is None else notes
    connection = ConnectionSettings(wait=seconds, environment={}, **settings)  # type: ignore[arg-type]
    wait_for(Target.parse(url), connection, note=notes.append, clock=clock, sleep=clock.sleep)
    return clock.now


def test_without_wait_nothing_is_sent() -> None:
    with WireServer([[READ, answer()]]) as server:
        assert waited(server.url, 0) == 0
    assert server.connections == 0


def test_the_first_response_ends_the_wait() -> None:
    starting: list[Script] = [
        [RESET],
        [READ, answer(status=b"503 Starting")],
        [READ, answer(status=b"502 Bad Gateway")],
        [READ, answer(status=b"404 Not Found")],
    ]
    with WireServer(starting) as server:
        assert waited(f"{server.url}/api", 60, headers=(("X-Gate", "1"),)) == 1.5
    assert server.connections == 4
    host = b"127.0.0.1:%d" % server.port
    assert server.requests[-1] == (
        b"GET /api/ HTTP/1.1\r\nHost: " + host + b"\r\nX-Gate: 1\r\nConnection: close\r\n\r\n"
    )


def test_the_wait_ends_when_its_time_is_over() -> None:
    notes: list[str] = []
    assert waited("http://127.0.0.1:1", 1.2, notes) == pytest.approx(1.2)
    assert notes == ["waiting up to 1.2 s for http://127.0.0.1:1"]


def test_what_waiting_does_not_change_ends_the_wait() -> None:
    with WireServer([[READ, b"SSH-2.0\r\n\r\n"]]) as server:
        assert waited(server.url, 60) == 0
