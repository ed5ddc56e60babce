"""Requests under way at once: their exchanges come in the order in which they were given."""

from __future__ import annotations

import threading

import pytest

from ruangkerja.conformance.client.client import Client, RequestLimit, Sending
from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.http.target import Target
from tests.helpers.wire_server import READ, Script, WireServer, answer

GET = Request("GET", b"/")


def test_so_many_requests_are_under_way_and_come_in_their_order() -> None:
    at_once = threading.Barrier(3)
    script: Script = [READ, at_once.wait, answer(b"1"), READ, at_once.wait, answer(b"2")]
    with (
        WireServer([script] * 3) as server,
        Client(Target.parse(server.url)) as client,
    ):
        sendings = [Sending(GET, str(number)) for number in range(6)]
        exchanges = list(client.send_all(sendings, jobs=3))
    assert [(each.number, each.note) for each in exchanges] == [
        (number + 1, str(number)) for number in range(6)
    ]
    assert client.exchanges == exchanges
    assert server.connections == 3


@pytest.mark.parametrize("jobs", [1, 4])
def test_what_was_sent_in_any_order_says_so_however_many_were_under_way(jobs: int) -> None:
    twice: Script = [READ, answer(b"1")] * 4
    with (
        WireServer([twice] * 5) as server,
        Client(Target.parse(server.url)) as client,
    ):
        first = client.send(GET)
        both = list(client.send_all([Sending(GET), Sending(GET)], jobs=jobs))
        (last,) = client.send_all([Sending(GET)], jobs=jobs)
    assert [each.turn for each in (first, *both, last)] == [0, 2, 2, 0]
    assert first.is_before(both[1])
    assert not both[0].is_before(both[1])
    assert both[1].is_before(last)


@pytest.mark.parametrize("jobs", [1, 4])
def test_no_more_are_sent_than_may_be(jobs: int) -> None:
    with (
        WireServer([[READ, answer(b"1")] * 5] * 5) as server,
        Client(Target.parse(server.url), max_requests=3) as client,
        pytest.raises(RequestLimit),
    ):
        list(client.send_all([Sending(GET)] * 5, jobs=jobs))
    assert len(client.exchanges) == 3


def test_each_of_several_requests_that_are_sent_one_by_one_has_a_time_limit_of_its_own() -> None:
    limits = [5.0, 5.0, 0.05]

    def timeout() -> float:
        if not limits:
            raise RequestLimit("the time is over")
        return limits.pop(0)

    with (
        WireServer([[READ, answer(b"1"), READ, answer(b"2"), READ, READ]]) as server,
        Client(Target.parse(server.url)) as client,
        pytest.raises(RequestLimit, match="the time is over"),
    ):
        list(client.send_all([Sending(GET)] * 5, timeout=timeout))
    assert [each.failure is None for each in client.exchanges] == [True, True, False]
