"""An exchange alone is judged by fewer rules, which find all that it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.rules import rules_for
from ruangkerja.conformance.rules.subjects import INVALID, SEVERAL
from ruangkerja.spec import contract as contracts
from ruangkerja.traffic.passive import PassiveEvidence
from tests.helpers.recordings import course_page

CONTRACT = contracts.load()
PATH = "/ruangkerja/dashboard/courses/C-1/online/users?page=1&pageSize=10"
TWICE, FEW, NONE, OTHER = course_page(), course_page(), course_page(), course_page()
TWICE["data"]["items"][1] = TWICE["data"]["items"][0]
FEW["data"]["items"] = FEW["data"]["items"][:3]
NONE["data"]["items"] = []
OTHER["data"]["items"][0]["status"] = "done"


def evidence_of(body: Any, target: str, status: int) -> PassiveEvidence:
    evidence = PassiveEvidence(CONTRACT, RequestParser(CONTRACT, prefix="", tokens=None))
    request = Request("GET", target.encode(), (("Authorization", "Tk-1"),))
    text = json.dumps(body).encode()
    json_type = (("Content-Type", "application/json"),)
    response = Response(status, "OK", "HTTP/1.1", json_type, text, len(text))
    evidence.add(Exchange(1, request, response, None, 0.0, 0.1))
    return evidence


@pytest.mark.parametrize("body", [course_page(), TWICE, FEW, NONE, OTHER, [], {"data": {}}])
@pytest.mark.parametrize("change", ["", "0", "&page=2"])
@pytest.mark.parametrize("status", [200, 404])
def test_rules_that_are_left_out_find_nothing(body: Any, change: str, status: int) -> None:
    evidence = evidence_of(body, PATH + change, status)
    [record] = evidence.records
    is_valid = record.reading.is_valid and record.is_success
    left_out = SEVERAL | (INVALID if is_valid else set())
    rules = [rule for each in rules_for(CONTRACT).values() for rule in each if rule.of in left_out]
    assert len(rules) > len(SEVERAL) / 2
    found = [
        f for rule in rules for subject in rule.subjects(evidence) for f in rule.judge(subject)
    ]
    assert found == []
