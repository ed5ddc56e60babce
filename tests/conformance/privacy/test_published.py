"""What a run says of itself names nobody either, whom a response named."""

from __future__ import annotations

import json

from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.privacy.pseudonymizer import Pseudonymizer
from ruangkerja.conformance.privacy.published import Published
from ruangkerja.conformance.records.finding import answer_of
from ruangkerja.conformance.records.record import Record
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.verdicts.deciding import judge_all
from ruangkerja.spec import contract as contracts

CONTRACT = contracts.load()
PATH = b"/ruangkerja/dashboard/courses/C-1/online/users?page=1&pageSize=10"


def test_notes_and_the_reason_of_an_end_quote_nobody() -> None:
    reader = RequestParser(CONTRACT, "", frozenset())
    request = Request("GET", PATH)
    reading = reader.read(request)
    assert reading is not None
    headers = (("Location", "/login?user=Siti Rahma#Siti"),)
    response = Response(302, "Found", "HTTP/1.1", headers, b"", 0)
    record = Record(CONTRACT, Exchange(1, request, response, None, 0.0, 0.0), reading)
    evidence = Evidence(CONTRACT, reader)
    evidence.ended = f"the server is gone: it gets {answer_of(record)}"
    evidence.notes.append('the request got 500 with the message "no user Siti Rahma"')
    shown = Published(evidence, Pseudonymizer(CONTRACT, "", b"key")).evidence
    assert shown.ended.startswith('the server is gone: it gets 302 to "/login?user=')
    assert shown.notes[0].startswith('the request got 500 with the message "no user ')
    assert "Siti" not in f"{shown.ended}{shown.notes}"


def test_a_verdict_shows_the_same_whether_all_is_published_or_what_its_findings_cite() -> None:
    reader, name = RequestParser(CONTRACT, "", frozenset()), "Siti Rahma"
    exchanges = []
    for number in range(1, 31):
        item = {
            "user": {"serial": f"S{number % 25}", "name": name, "employeeID": f"E{number}"},
            "postTest": None,
            "preTest": 300 if number == 7 else None,
            "timeSpent": 0,
            "lastAccessMission": "2022-07-22T01:00:00.000Z",
            "completedAt": "",
            "status": name if number % 10 == 0 else "not_started",
        }
        data = {"currentPage": number, "totalItems": 30, "totalPage": 30, "items": [item]}
        body = json.dumps({"status": "success", "message": name, "data": data}).encode()
        target = b"/ruangkerja/dashboard/courses/C-1/online/users?page=%d&pageSize=1" % number
        response = Response(200, "OK", "HTTP/1.1", (), body, len(body))
        exchanges.append(Exchange(number, Request("GET", target), response, None, 0.0, 0.0))
    evidence = Evidence(CONTRACT, reader)
    for exchange in exchanges:
        evidence.exchanges.append(exchange)
        if (reading := reader.read(exchange.request)) is not None:
            evidence.records.append(Record(CONTRACT, exchange, reading))

    def published() -> Published:
        return Published(evidence, Pseudonymizer(CONTRACT, "", b"key"))

    found = [verdict for verdict in judge_all(evidence) if verdict.findings]
    assert len(found) > 3
    for verdict in found:
        some, every = published().cited(verdict), published().verdict(verdict)
        assert [each.message for each in some.findings] == [e.message for e in every.findings]
        assert (some.count, some.judged) == (every.count, every.judged)
        records = [each.record.exchange for each in some.findings if each.record]
        assert name not in f"{some.findings}{records}"
