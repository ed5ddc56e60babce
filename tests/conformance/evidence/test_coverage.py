from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.evidence.coverage import Coverage, Group, Point, coverage_of
from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.source import Source
from ruangkerja.spec.register import load as load_register
from tests.helpers.backend import Answer, Asked, Backend, user
from tests.helpers.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract

ALL = Backend(courses={"C-100": 100, "C-0": 0})


def labels(coverage: Coverage) -> list[str]:
    return [point.label for point in coverage.missing]


def count(coverage: Coverage, label: str) -> int:
    (found,) = [point for point in coverage.points if point.label == label]
    return coverage.seen.get(found, 0)


def no_failed(_: Asked, answer: Answer) -> Answer:
    """Nobody ever fails, and nobody is ever without a score before the course."""
    if answer.status == 200:
        for item in answer.body["data"]["items"]:
            item["status"] = item["status"].replace("failed", "completed")
            item["completedAt"] = "2022-07-22" if item["status"] == "completed" else ""
    return answer


@pytest.fixture(scope="module")
def whole() -> Run:
    return run(ALL)


def test_a_course_with_everything_and_an_empty_one_cover_the_contract(whole: Run) -> None:
    assert labels(whole.coverage) == []
    assert whole.coverage.percent == 100


def test_every_point_follows_from_the_contract(whole: Run) -> None:
    assert [p.label for p in whole.coverage.points if p.group is Group.MEMBER] == [
        "/data/items is empty",
        "/data/items has elements",
        "/data/items/*/postTest is null",
        "/data/items/*/postTest is not null",
        "/data/items/*/preTest is null",
        "/data/items/*/preTest is not null",
        '/data/items/*/completedAt is ""',
        '/data/items/*/completedAt is not ""',
        '/data/items/*/status is "not_started"',
        '/data/items/*/status is "completed"',
        '/data/items/*/status is "expired"',
        '/data/items/*/status is "failed"',
        '/data/items/*/status is "in_progress"',
    ]


def test_what_a_healthy_server_need_not_show_does_not_count(whole: Run) -> None:
    free = {point.label for point in whole.coverage.points if not point.counted}
    assert {"400", "404", "429", "503", "NotFound", "Internal"} <= free
    assert "200" not in free
    assert count(whole.coverage, "400") > 0
    assert count(whole.coverage, "InvalidArgument") > 0
    assert count(whole.coverage, "503") == 0


def test_what_was_never_seen_is_said_with_what_would_show_it(tmp_path: Path) -> None:
    result = run(Backend(change=no_failed), report_dir=tmp_path)
    assert labels(result.coverage) == ['/data/items/*/status is "failed"', "a list without rows"]
    told = {
        p["value"]: p
        for p in json.loads((tmp_path / "report.json").read_text())["coverage"]["points"]
    }
    assert told['is "failed"']["hint"] == 'a response in which /data/items/*/status is "failed"'
    assert told["a list without rows"]["count"] == 0
    assert 'not covered: /data/items/*/status is "failed"; a list without rows' in terminal.render(
        result
    )
    assert result.exit == 0


@pytest.mark.parametrize(("required", "code"), [(None, 0), (90, 0), (91, 1)])
def test_coverage_fails_a_run_for_those_who_ask_for_it(required: int | None, code: int) -> None:
    result = run(Backend(change=no_failed), require_coverage=required)
    assert result.coverage.percent == 90
    assert result.exit == code
    if code:
        assert "not conforming: coverage is 90 %, required is 91 %" in result.conclusion()


def evidence(contract: Contract, path: str, *bodies: tuple[str, Any]) -> Evidence:
    found = Evidence(contract, RequestParser(contract))
    for number, (query, body) in enumerate(bodies, start=1):
        kind = "application/json"
        headers = (("Authorization", "t"), ("Accept", kind), ("Content-Type", kind))
        request = Request("GET", f"{path}?{query}".encode(), headers)
        data = json.dumps(body).encode()
        response = Response(200, "OK", "HTTP/1.1", (), data, len(data))
        found.add(Exchange(number, request, response, None, 0.0, 0.0))
    return found


PATH = "/ruangkerja/dashboard/courses/C/online/users"


def page(number: int, size: int, total: int) -> tuple[str, Any]:
    start = (number - 1) * size
    items = [user(i) for i in range(start, max(start, min(start + size, total)))]
    data = {"currentPage": number, "totalItems": total, "totalPage": 1, "items": items}
    body = {"status": "success", "message": "", "data": data}
    return f"page={number}&pageSize={size}", body


@pytest.mark.parametrize(
    ("shown", "shapes"),
    [
        (page(1, 5, 12), {"a full page"}),
        (page(3, 5, 12), {"a last page that is not full"}),
        (page(2, 5, 10), {"a full page", "a last page that is full"}),
        (page(1, 5, 3), {"a last page that is not full", "a list on one page"}),
        (page(1, 5, 5), {"a full page", "a last page that is full", "a list on one page"}),
        (page(1, 5, 0), {"a list without rows"}),
        (page(4, 5, 12), {"a page past the last one"}),
    ],
)
def test_a_page_has_its_shapes(
    contract: Contract, shown: tuple[str, Any], shapes: set[str]
) -> None:
    coverage = coverage_of(evidence(contract, PATH, shown))
    seen = {p.value for p in coverage.points if p.group is Group.PAGE and coverage.seen[p]}
    assert seen == shapes


def test_two_parts_of_a_run_cover_more_than_each(contract: Contract) -> None:
    some = coverage_of(evidence(contract, PATH, page(1, 5, 12)))
    more = coverage_of(evidence(contract, PATH, page(3, 5, 12), page(1, 5, 12)))
    both = some.together(more)
    assert both.points == some.points
    assert count(both, "a full page") == 2
    assert count(both, "a last page that is not full") == 1
    assert Coverage().together(some).percent == some.percent


def things(schemas: str) -> Contract:
    """A contract with an operation that returns a Thing, one of these schemas."""
    document = yaml.safe_load(
        """
        openapi: 3.0.3
        info: {title: Things, version: '1'}
        paths:
          /things:
            get:
              responses:
                '200':
                  description: things
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Thing'}
        """
    )
    document["components"] = {"schemas": yaml.safe_load(schemas)}
    source = Source.parse(json.dumps(document).encode(), contracts.DEFAULT)
    return contracts.read(source, load_register(), trusted=True)


def test_a_contract_of_other_things_is_covered_in_its_own_terms() -> None:
    contract = things(
        """
        Thing:
          allOf:
            - type: object
              required: [flag]
              properties:
                flag: {type: boolean}
                inner: {$ref: '#/components/schemas/Thing'}
            - type: object
              properties:
                kind: {type: string, enum: [a, b], nullable: true}
        """
    )
    body = {"flag": True, "inner": {"flag": False}, "kind": None}
    coverage = coverage_of(evidence(contract, "/things", ("", body)))
    assert labels(coverage) == [
        "/inner is left out",
        "/kind is left out",
        "/flag is false",
        "/kind is not null",
        '/kind is "a"',
        '/kind is "b"',
    ]


def test_a_member_in_two_parts_of_a_schema_has_the_points_of_both() -> None:
    contract = things(
        """
        Thing:
          allOf:
            - type: object
              required: [part]
              properties:
                part: {type: object, required: [a], properties: {a: {type: boolean}}}
            - type: object
              required: [part]
              properties:
                part: {type: object, required: [b], properties: {b: {type: boolean}}}
        """
    )
    body = {"part": {"a": True, "b": False}}
    coverage = coverage_of(evidence(contract, "/things", ("", body)))
    assert labels(coverage) == ["/part/a is false", "/part/b is true"]


def test_what_two_parts_of_a_schema_declare_alike_is_one_point() -> None:
    contract = things(
        """
        Thing:
          allOf:
            - {type: object, required: [a], properties: {a: {type: boolean}}}
            - {type: object, required: [a], properties: {a: {type: boolean}}}
        """
    )
    coverage = coverage_of(evidence(contract, "/things", ("", {"a": True})))
    assert (coverage.shown, len(coverage.counted)) == (2, 3)  # the status, and one of two values
    assert count(coverage, "/a is true") == 1


def test_the_label_of_a_whole_body_names_it() -> None:
    point = Point("state", Group.MEMBER, "", "is null", "", counted=True)
    assert point.label == "the body is null"
    assert replace(point, place="/a").label == "/a is null"
    assert replace(point, value="a last page that is full").label == "a last page that is full"
