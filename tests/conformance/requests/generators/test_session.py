from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from ruangkerja.conformance.client.client import RequestLimit
from ruangkerja.conformance.http.exchange import Failure, FailureKind
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.generators.session import Attempt, Session, SessionEndedError
from ruangkerja.conformance.requests.probes.probe import Caller
from ruangkerja.mock.requests.draft import Drafts
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error
from tests.helpers.direct import Direct

if TYPE_CHECKING:
    from ruangkerja.conformance.client.client import Client
    from ruangkerja.conformance.http.exchange import Exchange, Request
    from ruangkerja.spec.contract import Contract


def bench_of(contract: Contract, backend: Backend, until: float = 1000) -> tuple[Session, Direct]:
    client = Direct(backend)
    reader = RequestParser(contract, "", frozenset({TOKEN}), frozenset(backend.courses))
    return Session(cast("Client", client), contract, reader, until, clock=client.clock), client


def caller_of(contract: Contract) -> Caller:
    return Caller(
        Drafts(contract).of(contract.operations[0]), {"courseSerial": "C-100"}, TOKEN, "h"
    )


def overlap(asked: Asked, answer: Answer) -> Answer:
    """Page 2 begins with the last row of page 1."""
    if answer.status == 200 and asked.page == 2:
        rows = answer.body["data"]["items"]
        first = Backend().answer(
            Asked("GET", asked.path, {**asked.query, "page": "1"}, asked.headers)
        )
        rows[0] = first.body["data"]["items"][-1]
    return answer


def test_steps_without_which_a_fault_shows_as_well_are_left_out(contract: Contract) -> None:
    session, client = bench_of(contract, Backend(change=overlap))
    attempt, caller = Attempt(session), caller_of(contract)
    for page, size in [(3, 10), (1, 10), (1, 7), (4, 10), (2, 10), (1, 10)]:
        attempt.send(caller.request(page=page, size=size), "a page")
    found = [s for s in session.faults(attempt.evidence) if s[0] == "PAGE-06"]
    assert len(found) == 1
    sent = len(client.log)
    pared = session.pared(attempt.steps, found[0])
    assert len(client.log) == sent
    targets = sorted(step.probe.request.target for step in pared)
    assert [target.partition(b"?")[2] for target in targets] == [
        b"page=1&pageSize=10",
        b"page=2&pageSize=10",
    ]
    assert session.shows(session.evidence(pared), found[0])


def test_a_request_at_which_the_server_fails_is_sent_again_within_its_step(
    contract: Contract,
) -> None:
    session, client = bench_of(contract, Backend(change=lambda _, __: error(500, "boom")))
    attempt = Attempt(session)
    attempt.send(caller_of(contract).request(), "a page")
    assert len(client.log) == 3
    assert [len(step.exchanges) for step in attempt.steps] == [3]
    assert session.requests == 3
    assert client.exchanges == []


def test_it_ends_where_nobody_answers_any_more(contract: Contract) -> None:
    session, client = bench_of(contract, Backend())
    request = caller_of(contract).request()
    answered = client.send

    def fall_silent(request: Request, *, note: str = "", **_: bool) -> Exchange:
        exchange = answered(request, note=note)
        if len(client.log) > 5:
            failure = Failure(FailureKind.REFUSED, "nothing listens")
            exchange = replace(exchange, response=None, failure=failure)
            client.exchanges[-1] = exchange
        return exchange

    client.send = fall_silent  # type: ignore[method-assign]
    for _ in range(16):
        Attempt(session).send(request, "")
    assert not session.is_forsaken
    Attempt(session).send(request, "")
    with pytest.raises(SessionEndedError):
        Attempt(session).send(request, "")
    assert len(client.log) == 5 + 12
    assert session.is_forsaken


def test_rows_with_the_same_fault_are_one_fault(contract: Contract) -> None:
    def break_rows(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for item in answer.body["data"]["items"]:
                item["timeSpent"] = -1
        return answer

    session, _ = bench_of(contract, Backend(change=break_rows))
    attempt = Attempt(session)
    attempt.send(caller_of(contract).request(), "a page")
    faults = session.faults(attempt.evidence)
    assert [fault[0] for fault in faults].count("ITEM-04") == 1
    assert session.judged["ITEM-04"] == 1


def test_it_ends_where_the_time_or_the_requests_are_used_up(contract: Contract) -> None:
    session, client = bench_of(contract, Backend(), until=2)
    attempt, request = Attempt(session), caller_of(contract).request()
    attempt.send(request, "")
    attempt.send(request, "")
    with pytest.raises(SessionEndedError):
        attempt.send(request, "")
    assert len(client.log) == 2

    def refuse(*_: object, **__: object) -> None:
        raise RequestLimit("used up")

    session, client = bench_of(contract, Backend())
    client.send = refuse  # type: ignore[assignment, method-assign]
    with pytest.raises(SessionEndedError):
        Attempt(session).send(request, "")
