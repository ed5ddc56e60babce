"""What rules demand of a contract that is not about a list in JSON: what it declares, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.verdicts.deciding import judge_all
from ruangkerja.spec import contract as contracts

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.verdicts.verdict import Verdict
    from ruangkerja.spec.contract import Contract

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
paths:
  /export:
    get:
      operationId: export
      responses:
        '200':
          description: Rows
          headers:
            X-Rows: {required: true, schema: {type: integer, minimum: 1}}
          content: {text/csv: {schema: {type: string}}}
  /orders/{id}:
    get:
      operationId: showOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: One, content: {application/json: {schema: {type: object}}}}
        '404': {description: None, content: {text/plain: {schema: {type: string}}}}
    delete:
      operationId: deleteOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '204': {description: Deleted, content: {application/json: {schema: {type: object}}}}
        '202': {description: Later, content: {application/json: {schema: {type: object}}}}
  /picture:
    get:
      operationId: picture
      responses:
        '200': {description: Bytes, content: {image/*: {}, application/*: {}}}
"""
CSV = {"Content-Type": "text/csv; charset=utf-8", "X-Rows": "2"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path: Path = tmp_path_factory.mktemp("shop") / "shop.yaml"
    path.write_text(SHOP.lstrip())
    return contracts.load(path)


def _judged(
    contract: Contract, request: str, status: int, body: bytes, headers: dict[str, str]
) -> dict[str, Verdict]:
    method, target = request.split()
    evidence = Evidence(contract, RequestParser(contract))
    response = Response(status, "", "HTTP/1.1", tuple(headers.items()), body, len(body))
    sent = Request(method, target.encode(), (("Host", "shop"),))
    evidence.add(Exchange(1, sent, response, None, 0.0, 0.0))
    return {each.requirement.id: each for each in judge_all(evidence)}


@pytest.mark.parametrize(
    ("request_", "status", "body", "headers"),
    [
        ("GET /export", 200, b"a,b\n1,2\n", CSV),
        ("GET /orders/1", 200, b"{}", JSON),
        ("GET /orders/1", 404, b"there is none", {"Content-Type": "text/plain"}),
        ("DELETE /orders/1", 204, b"", {}),
        ("DELETE /orders/1", 202, b"{}", JSON),
        ("GET /picture", 200, b"\x89PNG", {"Content-Type": "image/png"}),
        ("GET /picture", 200, b"%PDF", {"Content-Type": "application/pdf"}),
    ],
)
def test_whatever_is_declared_conforms(
    contract: Contract, request_: str, status: int, body: bytes, headers: dict[str, str]
) -> None:
    for verdict in _judged(contract, request_, status, body, headers).values():
        assert not verdict.findings, [each.message for each in verdict.findings]


@pytest.mark.parametrize(
    ("request_", "status", "body", "headers", "id_", "found"),
    [
        ("GET /export", 204, b"", CSV, "operation.export.accepted", "expected status 200; got 204"),
        ("GET /export", 200, b"a", {**CSV, **JSON}, "operation.text-csv.contentType", "text/csv"),
        ("GET /export", 200, b"a", {**CSV, "X-Rows": "0"}, "operation.export.described", "least 1"),
        ("GET /export", 200, b"a", {"Content-Type": "text/csv"}, "operation.export.described",
         "expected the header X-Rows with an integer, at least 1; got no such header"),
        ("DELETE /orders/1", 404, b"", {}, "operation.deleteOrder.accepted", "status 202 or 204"),
        ("GET /orders/1", 200, b"{", JSON, "operation.strictJson", "one JSON document"),
        ("GET /orders/1", 200, b"[]", JSON, "operation.showOrder.described", "an object"),
        ("GET /orders/1", 500, b"", {}, "operation.showOrder.accepted", "got 500"),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_found(
    contract: Contract,
    request_: str,
    status: int,
    body: bytes,
    headers: dict[str, str],
    id_: str,
    found: str,
) -> None:
    verdict = _judged(contract, request_, status, body, headers)[id_]

    assert verdict.outcome == "failed"
    assert found in verdict.findings[0].message


def test_an_operation_is_not_blamed_for_another_one(contract: Contract) -> None:
    verdicts = _judged(contract, "GET /export", 500, b"", {})

    assert verdicts["operation.export.accepted"].outcome == "failed"
    assert verdicts["operation.showOrder.accepted"].outcome == "inconclusive"


def test_a_rejection_that_is_declared_says_nothing_about_a_name_that_need_not_exist(
    contract: Contract,
) -> None:
    verdict = _judged(contract, "GET /orders/1", 404, b"no", {"Content-Type": "text/plain"})

    assert verdict["operation.showOrder.accepted"].outcome == "inconclusive"


def test_what_was_not_sent_is_skipped_with_the_reason(contract: Contract) -> None:
    evidence = Evidence(contract, RequestParser(contract))
    evidence.left_out = {"deleteOrder": "which writes"}
    verdicts = {each.requirement.id: each for each in judge_all(evidence)}

    verdict = verdicts["operation.deleteOrder.accepted"]
    assert (verdict.outcome, verdict.reason) == (
        "skipped",
        "no request was sent to an operation which writes",
    )
    assert verdicts["operation.export.accepted"].outcome == "inconclusive"
