"""Batches bound the memory for any number of exchanges, whatever part of them is large."""

from __future__ import annotations

import gc
import json
import weakref

import pytest

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.privacy.pseudonymizer import Pseudonymizer
from ruangkerja.conformance.privacy.published import Published
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.verdicts.verdict import MOST_KEPT, Verdict
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.batches import Batches
from ruangkerja.traffic.passive import PassiveEvidence
from tests.helpers.recordings import course_page

CONTRACT = contracts.load()
TARGET = Target("http", "127.0.0.1", 80, "")
LARGE = "x" * 10_000
SMALL = Request("GET", b"/")


def answered(headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Response:
    return Response(200, "OK", "HTTP/1.1", headers, body, len(body))


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (Request("GET", f"/?{LARGE}".encode()), answered()),
        (Request("GET", b"/", (("Cookie", LARGE),)), answered()),
        (Request("POST", b"/", (), LARGE.encode()), answered()),
        (SMALL, answered((("Set-Cookie", LARGE),))),
        (SMALL, answered((), LARGE.encode())),
    ],
    ids=["target", "headers", "body", "response's headers", "response's body"],
)
def test_whatever_is_large_fills_a_batch(request_: Request, response: Response) -> None:
    reader = RequestParser(CONTRACT)
    options = JudgeOptions()
    begin = lambda: PassiveEvidence(CONTRACT, reader)  # noqa: E731 - called for each batch
    batches = Batches(begin, TARGET, options, most_bytes=50_000)
    for number in range(5):
        assert not batches.is_full
        batches.add(Exchange(number + 1, request_, response, None, 0.0, 0.0))
    assert batches.is_full
    batches.turn()
    assert not batches.is_full


def test_a_closed_batch_takes_no_memory() -> None:
    reader = RequestParser(CONTRACT)
    batches = Batches(lambda: PassiveEvidence(CONTRACT, reader), TARGET, JudgeOptions())
    batches.add(Exchange(1, SMALL, answered(), None, 0.0, 0.0))
    gc.collect()
    gc.disable()
    try:
        evidence = batches.turn()
        closed = weakref.ref(evidence)
        batches.close(evidence)
        del evidence
        assert closed() is None  # at once, not when a collector comes
    finally:
        gc.enable()


def test_findings_beyond_those_that_are_kept_are_counted_and_not_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published: list[str] = []
    whole = Published.cited

    def cited(self: Published, verdict: Verdict) -> Verdict:
        published.extend([verdict.requirement.id] if verdict.findings else [])
        return whole(self, verdict)

    monkeypatch.setattr(Published, "cited", cited)
    reader = RequestParser(CONTRACT)
    batches = Batches(lambda: PassiveEvidence(CONTRACT, reader), TARGET, JudgeOptions())
    number = 0
    for _ in range(3):
        for _ in range(MOST_KEPT + 5):
            number += 1
            path = b"/ruangkerja/dashboard/courses/C-1/online/users?page=%d&pageSize=1" % number
            request = Request("GET", path, (("Authorization", "a"),))
            batches.add(Exchange(number, request, answered(body=b"{}"), None, 0.0, 0.0))
        batches.close(batches.turn())
    found = {each: verdict for each, verdict in batches._verdicts.items() if verdict.findings}
    often = [each for each in found.values() if each.count == number]
    assert often
    for verdict in often:
        assert published.count(verdict.requirement.id) == 1
        assert len(verdict.findings) == MOST_KEPT


def test_exchanges_that_reports_do_not_show_are_not_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published: list[int] = []
    whole = Pseudonymizer.exchange

    def exchange(self: Pseudonymizer, each: Exchange) -> Exchange:
        published.append(each.number)
        return whole(self, each)

    monkeypatch.setattr(Pseudonymizer, "exchange", exchange)
    reader = RequestParser(CONTRACT)
    options = JudgeOptions(passive=True)
    batches = Batches(lambda: PassiveEvidence(CONTRACT, reader), TARGET, options)
    right = json.dumps(course_page()).encode()
    for number in range(1, 301):
        path = b"/ruangkerja/dashboard/courses/C-1/online/users?page=1&pageSize=10&n=%d" % number
        request = Request("GET", path, (("Authorization", "a"),))
        body = right if number % 100 else right.replace(b"currentPage", b"page")
        json_type = (("Content-Type", "application/json"),)
        batches.add(Exchange(number, request, answered(json_type, body), None, 0.0, 0.0))
    run = batches.conclude(started=0.0, duration=1.0)
    cited = {f.exchange for verdict in run.verdicts for f in verdict.findings}
    assert {100, 200, 300} <= {each.number for each in run.evidence.exchanges} == cited
    assert set(published) == cited
    assert run.requests == 300
