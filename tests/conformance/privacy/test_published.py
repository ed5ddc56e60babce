"""What a run says of itself names nobody either, whom a response named."""

from __future__ import annotations

from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.evidence.finding import answer_of
from ruangkerja.conformance.evidence.parsed_request import RequestParser
from ruangkerja.conformance.evidence.record import Record
from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.privacy.pseudonymizer import Pseudonymizer
from ruangkerja.conformance.privacy.published import Published
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
