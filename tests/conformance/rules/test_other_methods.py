"""Methods that write: where they are sent, and what the responses to them mean there."""

from __future__ import annotations

import json

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.http.exchange import Exchange, Response
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.probes.http import other_methods
from ruangkerja.conformance.verdicts.deciding import judge_all
from ruangkerja.spec import contract as contracts
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error
from tests.helpers.running import outcomes, run

CONTRACT = contracts.load()
ALLOW = {"Allow": "GET, HEAD"}
PLAIN = b"Cannot POST"


def judged(status: int, body: bytes, *, mine: bool, **headers: str) -> dict[str, str]:
    """Judge the same response to each request with another method, by requirement."""
    config = RunConfig(CONTRACT, TOKEN, {"courseSerial": ("C-100",)})
    [caller] = config.callers(Target.parse("http://127.0.0.1:1"))
    parser = RequestParser(CONTRACT, "", frozenset({TOKEN}), known=frozenset({"C-100"}))
    evidence = Evidence(CONTRACT, parser)
    given = {"Content-Type": "application/json", **headers}
    response = Response(status, "", "HTTP/1.1", tuple(given.items()), body, len(body))
    probes = list(other_methods(caller, frozenset({"GET"}), mine=mine))
    for number, probe in enumerate(probes[-4:], start=1):
        evidence.add(Exchange(number, probe.request, response, None, 0.0, 0.0))
    return {verdict.requirement.id: verdict.outcome.value for verdict in judge_all(evidence)}


@pytest.mark.parametrize(
    ("status", "body", "headers", "nowhere", "real"),
    [
        (405, None, ALLOW, "passed passed", "passed passed"),
        (405, None, {}, "passed warned", "passed warned"),
        (405, PLAIN, ALLOW, "passed warned", "passed warned"),
        (404, None, {}, "passed passed", "passed warned"),
        (404, PLAIN, {}, "passed warned", "passed warned"),
        (401, None, {}, "passed passed", "passed warned"),
        (400, None, {}, "passed warned", "passed warned"),
        (501, None, {}, "passed passed", "passed passed"),
        (500, None, {}, "failed inconclusive", "failed inconclusive"),
        (200, b"{}", {}, "failed inconclusive", "failed inconclusive"),
        (204, b"", {}, "failed inconclusive", "failed inconclusive"),
    ],
)
def test_a_method_is_rejected_for_a_list_that_exists_and_for_one_that_does_not(
    status: int, body: bytes | None, headers: dict[str, str], nowhere: str, real: str
) -> None:
    sent = json.dumps(error(404, "no").body).encode() if body is None else body
    for expected, mine in ((nowhere, False), (real, True)):
        found = judged(status, sent, mine=mine, **headers)
        assert f"{found['HTTP-01']} {found['HTTP-02']}" == expected, mine


def test_a_foreign_server_gets_methods_that_write_for_an_unknown_list_only() -> None:
    def routes(asked: Asked, answer: Answer) -> Answer:
        return Answer(200, {}) if asked.method == "PUT" else answer

    backend = Backend(change=routes)
    result = run(backend, mine=False)
    assert outcomes(result)["HTTP-01"] == "failed"
    [failed] = [v for v in result.verdicts if v.requirement.id == "HTTP-01"]
    assert failed.findings[0].message.startswith("COURSE-NONE, request ?page=1&pageSize=10 (method")
    writing = {asked.path for asked in backend.asked if asked.method not in {"GET", "HEAD"}}
    assert {path.split("/")[4] for path in writing} == {"COURSE-NONE"}


def test_a_list_that_was_said_not_to_exist_and_has_users_gets_no_method_that_writes() -> None:
    backend = Backend({"C-100": 3, "COURSE-NONE": 3})
    result = run(backend, courses=("C-100",), mine=False)
    assert {asked.method for asked in backend.asked} == {"GET"}
    [left] = [v for v in result.verdicts if v.requirement.id == "HTTP-01"]
    assert left.outcome.value == "skipped"
    assert "/courses/COURSE-NONE/online/users, which should not exist, has rows" in left.reason


def test_a_server_error_for_every_request_of_an_unknown_list_is_not_about_the_method() -> None:
    def fails(asked: Asked, answer: Answer) -> Answer:
        return error(500, "no rows") if "COURSE-NONE" in asked.path else answer

    found = outcomes(run(Backend(change=fails), mine=False))
    assert found["PATH-01"] == "failed"
    assert found["HTTP-01"] == "inconclusive"
