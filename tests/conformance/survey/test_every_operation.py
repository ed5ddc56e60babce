"""Runs against any contract: which operations are sent, and what is said about the others."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging import saved_cases
from ruangkerja.conformance.reporting.formats import as_json, as_markdown, terminal
from ruangkerja.conformance.reporting.run.model import NotJudgedError
from ruangkerja.conformance.suite import replay
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec.contract import load
from ruangkerja.spec.secrets.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run

HEAD = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
security: [{key: []}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Thing: {type: object, required: [name], properties: {name: {type: string}}}
paths:
"""
LIST = """
  /things:
    get:
      parameters: [{name: limit, in: query, required: true, schema: {type: integer, maximum: 50}}]
      responses: {"200": {description: All, content: {text/csv: {schema: {type: string}}}}}
"""
WRITE = """
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
      responses: {"201": {description: Made}}
"""
ONE = """
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: One
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
"""
DELETE = """
    delete:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: Gone}}
"""
ERRORS = """
  /errors:
    get: {responses: {"400": {description: Never}}}
"""
NEVER = """
  /never:
    get:
      parameters:
        - {name: a, in: query, required: true, schema: {type: string, enum: [a], minLength: 2}}
      responses: {"204": {description: Nothing}}
"""
ALIKE = """
  /alike/{a}:
    parameters: [{name: a, in: path, required: true, schema: {}}]
    get: {responses: {"204": {description: A}}}
  /alike/{b}:
    parameters: [{name: b, in: path, required: true, schema: {}}]
    get: {responses: {"204": {description: B}}}
"""
FRAGMENT = """
  /things#part:
    get: {responses: {"204": {description: Nothing}}}
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    """Checks a stub, by default of the same contract."""

    def run(text: str, served: str | None = None, head: str = HEAD, **config: Any) -> Run:
        (tmp_path / "judged.yaml").write_text(head + text, encoding="utf-8")
        (tmp_path / "served.yaml").write_text(head + (served or text), encoding="utf-8")
        contract = load(tmp_path / "judged.yaml")
        with MockServer(tmp_path / "served.yaml", tokens=("T-4711",)) as stub:
            asked = RunConfig(contract, "T-4711", **config)
            return check(Target.parse(stub.url), asked, CheckOptions(), lambda _: None)

    return run


def sent(run: Run, method: str) -> list[int]:
    """The status of each valid request with a method."""
    return [
        record.status
        for record in run.evidence.records
        if record.operation.method == method and record.reading.is_valid
    ]


def test_operations_that_write_are_sent_to_servers_of_ones_own_only(
    run: Callable[..., Run],
) -> None:
    careful = run(LIST + WRITE + ONE + DELETE)
    assert careful.exit == 0
    assert {each.exchange.request.method for each in careful.evidence.records} == {"GET"}
    told = (
        "2 of 4 operations sent; left out: POST /things and DELETE /things/{id}, which write "
        "(--mine allows it)"
    )
    assert careful.conclusion().startswith("conforming as far as sent: ")
    assert careful.conclusion().endswith(told)
    assert told in terminal.render(careful)
    assert "2 of 4 operations sent" in as_markdown.render(careful)
    assert as_json.document(careful)["operations"] == {
        "parameters": {"GET /things": ["limit"], "GET /things/{id}": []},
        "sent": 2,
        "of": 4,
        "left_out": {
            "POST /things": "which writes (--mine allows it)",
            "DELETE /things/{id}": "which writes (--mine allows it)",
        },
        "not_judged": {},
    }

    mine = run(LIST + WRITE + ONE + DELETE, mine=True)
    assert mine.exit == 0
    assert mine.conclusion().startswith("conforming: ")
    assert (sent(mine, "POST"), sent(mine, "DELETE")) == ([201], [204])


def test_the_valid_request_that_writes_comes_after_the_invalid_ones(
    run: Callable[..., Run],
) -> None:
    records = [r for r in run(LIST + WRITE, mine=True).evidence.records if r.operation.writes]
    assert len(records) > 3
    assert [record.status for record in records][-1] == 201
    assert all(record.is_client_error for record in records[:-1])


def test_nothing_that_was_sent_is_not_conforming(run: Callable[..., Run]) -> None:
    only = "\n  /things:" + WRITE
    assert run(only, mine=True).exit == 0
    found = run(only)
    assert found.exit == 3
    assert found.conclusion() == (
        "not judged: no request of the contract was answered; 0 of 1 operations sent; left out: "
        "POST /things, which writes (--mine allows it)"
    )


def test_an_operation_that_no_request_opens_is_named_and_the_others_are_judged(
    run: Callable[..., Run],
) -> None:
    found = run(LIST + ONE, served=LIST)
    assert found.exit == 3
    assert "GET /things/{id} is not judged" in found.conclusion()
    assert "Name what exists with --path id=VALUE" in found.conclusion()
    assert not [r for r in found.evidence.records if "{id}" in r.operation.path]
    assert any(verdict.judged for verdict in found.verdicts)
    assert as_json.document(found)["operations"]["not_judged"].keys() == {"GET /things/{id}"}


def test_without_any_operation_that_opens_nothing_is_judged(run: Callable[..., Run]) -> None:
    with pytest.raises(NotJudgedError, match=r"GET /things/\{id\} is not judged: .* got 404"):
        run(ONE, served=LIST)


def test_a_saved_case_is_replayed_with_its_body(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(HEAD + "\n  /things:" + WRITE, encoding="utf-8")
    contract = load(tmp_path / "shop.yaml")
    requirement = contract.operations[0].requirements["accepted"]
    headers = [["X-Key", MASK], ["Content-Type", "application/json"], ["Content-Length", "13"]]
    request = {"note": "a valid one", "method": "POST", "target": "/things", "headers": headers}
    case = {
        "kind": "ruangkerja case",
        "schema_version": 1,
        "tool": {},
        "requirement": requirement,
        "title": "",
        "contract": {"title": "", "sha256": ""},
        "known": [],
        "bare": False,
        "target": "http://127.0.0.1:1",
        "shown_again": True,
        "findings": [],
        "requests": [{**request, "body": base64.b64encode(b'{"name": "a"}').decode()}],
    }
    (tmp_path / "case.json").write_text(json.dumps(case), encoding="utf-8")
    saved = saved_cases.read(tmp_path / "case.json")
    with MockServer(contract, tokens=("T-4711",)) as stub:
        verdict, evidence = replay.replay(saved, contract, Target.parse(stub.url), "T-4711")
    assert [record.status for record in evidence.records] == [201]
    assert verdict.outcome.value == "passed"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (ERRORS, "GET /errors, which declares errors only"),
        (NEVER, "GET /never, because no valid value can be made for the query parameter a"),
        (ALIKE, "GET /alike/{a}, whose requests may be those of GET /alike/{b}; GET /alike/{b}, "),
        (FRAGMENT, "GET /things#part, whose path has a query or a fragment"),
    ],
)
def test_what_cannot_be_sent_is_left_out_with_the_reason(
    run: Callable[..., Run], more: str, reason: str
) -> None:
    found = run(ONE + more, served=ONE)
    assert found.exit == 0, found.conclusion()
    assert (
        f"1 of {found.operations.total} operations sent; left out: {reason}" in found.conclusion()
    )


def test_a_parameter_that_is_the_credential_gets_it(run: Callable[..., Run]) -> None:
    key = "{name: x-key, in: header, required: true, schema: {type: string}}"
    found = run(LIST.replace("parameters: [", f"parameters: [{key}, "))
    assert found.exit == 0, found.conclusion()
    headers = found.evidence.records[0].exchange.request.headers
    assert [value for name, value in headers if name.lower() == "x-key"] == ["$RUANGKERJA_TOKEN"]


def test_schemes_that_share_a_header_are_left_out_together(run: Callable[..., Run]) -> None:
    both = "    get: {security: [{one: [], two: []}], responses: {'204': {description: Nothing}}}\n"
    schemes = "".join(f"{name}: {{type: http, scheme: bearer}}, " for name in ("one", "two"))
    text = "\n  /both:\n" + both
    found = run(text, head=HEAD.replace("{key: {type", f"{{{schemes}key: {{type"))
    assert found.exit == 0, found.conclusion()
    verdicts = {verdict.requirement.id: verdict for verdict in found.verdicts}
    assert verdicts["security.one.missing"].judged
    assert verdicts["security.one.empty"].judged


def test_an_operation_that_declares_no_responses_may_have_any_success(
    run: Callable[..., Run],
) -> None:
    free = "\n  /free:\n    get: {description: Anything}\n"
    found = run(free)
    assert found.exit == 0, found.conclusion()
