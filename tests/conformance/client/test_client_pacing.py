"""How the client spares a server: rate, number of requests, Retry-After."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ruangkerja.conformance.client.client import Client, RequestLimit
from ruangkerja.conformance.http.exchange import Exchange, FailureKind, Request
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.privacy.redaction import Redaction
from tests.helpers.wire_server import HOLD, READ, Step, WireServer, answer

GET = Request("GET", b"/")
NOW = 1_796_000_000.0


@dataclass
class Time:
    """A clock that only moves while somebody sleeps."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client_of(server: WireServer, time: Time, **options: Any) -> Client:
    return Client(Target.parse(server.url), clock=time.clock, sleep=time.sleep, **options)


def answering(*answers: bytes) -> WireServer:
    steps: list[Step] = []
    for one in answers:
        steps += [READ, one]
    return WireServer([[*steps, HOLD]])


def busy(retry_after: str, status: bytes = b"429 Too Many Requests") -> bytes:
    return answer(b"", b"Retry-After: " + retry_after.encode(), status=status)


def statuses(exchanges: list[Exchange]) -> list[tuple[int, bool]]:
    return [(e.response.status, e.throttled) for e in exchanges if e.response]


@pytest.mark.parametrize("status", [b"429 Too Many Requests", b"503 Service Unavailable"])
def test_a_busy_server_is_asked_again_after_the_time_it_says(status: bytes) -> None:
    time = Time()
    with answering(busy("7", status), answer(b"ok")) as server, client_of(server, time) as client:
        exchange = client.send(GET, note="why")

    assert exchange.response is not None
    assert exchange.response.body == b"ok"
    assert statuses(client.exchanges) == [(int(status[:3]), True), (200, False)]
    assert [(e.number, e.note) for e in client.exchanges] == [(1, "why"), (2, "why")]
    assert client.exchanges[0].request == client.exchanges[1].request
    assert client.exchanges[1].started >= NOW + 7
    assert time.slept == [7]


def test_the_time_may_be_a_date() -> None:
    time = Time()
    dated = busy("Mon, 30 Nov 2026 00:53:30 GMT")
    with answering(dated, answer()) as server, client_of(server, time) as client:
        client.send(GET)

    assert time.slept == [10]


@pytest.mark.parametrize(
    "given_up",
    [
        answer(b"", status=b"429 Too Many Requests"),
        busy("soon"),
        busy("31"),
        busy("5", b"500 Internal Server Error"),
    ],
)
def test_without_a_bearable_time_the_answer_stands(given_up: bytes) -> None:
    time = Time()
    with answering(given_up) as server, client_of(server, time) as client:
        exchange = client.send(GET)

    assert client.exchanges == [exchange]
    assert not exchange.throttled
    assert time.slept == []


def test_the_longest_bearable_time_can_be_set() -> None:
    time = Time()
    with (
        answering(busy("31"), answer()) as server,
        client_of(server, time, max_retry_after=31) as client,
    ):
        client.send(GET)

    assert time.slept == [31]


def test_patience_is_bounded_over_all_requests() -> None:
    time = Time()
    answers = [busy("25"), answer(), busy("25"), answer(), busy("25")]
    with answering(*answers) as server, client_of(server, time) as client:
        for _ in range(3):
            client.send(GET)

    assert time.slept == [25, 25]
    assert statuses(client.exchanges)[-1] == (429, False)


def test_a_server_that_is_busy_for_ever_ends_the_patience() -> None:
    time = Time()
    with answering(*[busy("0")] * 50) as server, client_of(server, time) as client:
        exchange = client.send(GET)

    assert not exchange.throttled
    assert 5 < len(client.exchanges) < 15
    assert sum(time.slept) <= 60
    assert time.slept == sorted(time.slept)


def test_a_failure_is_not_asked_for_again() -> None:
    time = Time()
    with WireServer([[READ]]) as server, client_of(server, time) as client:
        exchange = client.send(GET)

    assert client.exchanges == [exchange]
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.DROPPED


def test_requests_are_spaced_evenly() -> None:
    time = Time()
    starts = []
    with answering(*[answer()] * 5) as server, client_of(server, time, rate=4) as client:
        for pause in (0, 0, 0.1, 3, 0):
            time.now += pause
            starts.append(client.send(GET).started - NOW)

    assert starts == pytest.approx([0, 0.25, 0.5, 3.5, 3.75])


def test_repeats_keep_the_pace_too() -> None:
    time = Time()
    with (
        answering(busy("0"), answer()) as server,
        client_of(server, time, rate=0.5) as client,
    ):
        client.send(GET)

    assert client.exchanges[1].started - client.exchanges[0].started == pytest.approx(2)


def test_a_clock_set_back_does_not_stop_the_run() -> None:
    time = Time()
    with answering(*[answer()] * 2) as server, client_of(server, time, rate=2) as client:
        client.send(GET)
        time.now -= 3600
        client.send(GET)

    assert time.slept == [0.5]


def test_no_request_goes_out_beyond_the_limit() -> None:
    with (
        answering(*[answer()] * 3) as server,
        client_of(server, Time(), max_requests=2) as client,
    ):
        client.send(GET)
        client.send(GET)
        with pytest.raises(RequestLimit, match="the 2 requests that may be sent are used up"):
            client.send(GET)

    assert len(server.requests) == len(client.exchanges) == 2


def test_repeats_count_and_the_last_answer_before_the_limit_stands() -> None:
    time = Time()
    with (
        answering(*[busy("1")] * 3) as server,
        client_of(server, time, max_requests=2) as client,
    ):
        exchange = client.send(GET)

    assert statuses(client.exchanges) == [(429, True), (429, False)]
    assert exchange is client.exchanges[-1]
    assert time.slept == [1]


def test_a_request_that_cannot_be_sent_is_not_counted() -> None:
    with answering(answer()) as server, client_of(server, Time(), max_requests=1) as client:
        with pytest.raises(ValueError, match="contains a line break"):
            client.send(Request("GET", b"/", (("A", "b\r\nC: d"),)))
        client.send(GET)

    assert len(client.exchanges) == 1


def test_every_exchange_is_reported_as_it_is_recorded() -> None:
    seen: list[Exchange] = []
    with (
        answering(busy("1"), answer()) as server,
        client_of(server, Time(), on_exchange=seen.append) as client,
    ):
        client.send(GET)

    assert seen == client.exchanges


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1}, {"rate": 0}])
def test_limits_that_allow_nothing_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="to be more than 0"):
        Client(Target.parse("http://localhost"), **options)  # type: ignore[arg-type]


def test_a_client_does_not_show_its_secrets() -> None:
    assert "hush" not in repr(Client(Target.parse("http://localhost"), masker=Redaction(("hush",))))
