"""Drafts: a valid request to every operation, whatever its parameters and its body are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from ruangkerja.mock.requests.draft import DraftError, Drafts, replaced
from ruangkerja.spec.bodies.body import read
from ruangkerja.spec.contract import load
from ruangkerja.spec.parameters.received import received_of

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.mock.requests.draft import Draft
    from ruangkerja.spec.model.operation import Operation

CONTRACT = """
openapi: 3.0.3
info: {title: Drafts, version: "1"}
paths:
  /shops/{shop}/items/{ids}:
    post:
      operationId: all
      parameters:
        - {name: shop, in: path, required: true, schema: {type: integer, minimum: 7}}
        - {name: ids, in: path, required: true, style: matrix, explode: true,
           schema: {type: array, minItems: 2, items: {type: string, enum: [a b, c]}}}
        - {name: kind, in: query, required: true, schema: {type: string, enum: [large]}}
        - {name: deep, in: query, required: true, style: deepObject,
           schema: {type: object, required: [from], properties: {from: {type: integer}}}}
        - {name: given, in: query, required: true, example: Ü&1, schema: {type: string}}
        - {name: optional, in: query, schema: {type: string}}
        - {name: X-Level, in: header, required: true, schema: {type: number, maximum: 3}}
        - {name: visit, in: cookie, required: true, schema: {type: boolean}}
      requestBody:
        required: true
        content: {MEDIA}
      responses: {"204": {description: Done}}
"""
OBJECT = "{schema: {type: object, required: [name], properties: {name: {type: string}, {MORE}}}}"


def drafted(folder: Path, media: str = f"application/json: {OBJECT}") -> tuple[Operation, Drafts]:
    text = CONTRACT.replace("MEDIA", media.replace("{MORE}", "count: {type: integer}"))
    (folder / "drafts.yaml").write_text(text, encoding="utf-8")
    contract = load(folder / "drafts.yaml")
    return contract.operations[0], Drafts(contract)


def pairs(draft: Draft, location: str) -> list[tuple[str, str]]:
    if location == "header":
        return [*draft.headers.items()]
    if location == "path":
        return [*draft.segments.items()]
    every = draft.query if location == "query" else draft.cookies
    return [pair for each in every.values() for pair in each]


def test_every_required_parameter_has_a_valid_value_and_no_other_is_there(tmp_path: Path) -> None:
    operation, drafts = drafted(tmp_path)
    draft = drafts.of(operation)
    for parameter in operation.parameters:
        received = received_of(parameter.location, pairs(draft, parameter.location))
        reading = parameter.receive(received)
        assert reading.fault is None, parameter.name
        assert (reading.value is None) is (parameter.name == "optional")
    assert draft.query["given"] == (("given", "%C3%9C%261"),)
    assert draft.drawn == {"shop", "ids"}
    assert draft.all_headers["Cookie"].startswith("visit=")


def test_the_draft_of_a_contract_is_the_same_every_time(tmp_path: Path) -> None:
    (operation, first), (_, second) = drafted(tmp_path), drafted(tmp_path)
    assert first.of(operation).query == second.of(operation).query
    assert first.of(operation).body == second.of(operation).body


@pytest.mark.parametrize(
    ("media", "content_type"),
    [
        (f"application/json: {OBJECT}", "application/json"),
        (f"text/plain: {{}}, application/vnd.a+json: {OBJECT}", "application/vnd.a+json"),
        (f"application/x-www-form-urlencoded: {OBJECT}", "application/x-www-form-urlencoded"),
        (f"multipart/form-data: {OBJECT}", "multipart/form-data; boundary="),
        ("text/csv: {schema: {type: string}}", "text/csv"),
        ("application/octet-stream: {}", "application/octet-stream"),
        ("'*/*': {example: {a: 1}, schema: {type: object}}", "application/json"),
    ],
)
def test_a_body_of_every_media_type_is_read_again(
    tmp_path: Path, media: str, content_type: str
) -> None:
    operation, drafts = drafted(tmp_path, media)
    draft = drafts.of(operation)
    assert draft.content_type.startswith(content_type)
    assert draft.body
    assert operation.body is not None
    found = operation.body.media_for(draft.content_type)
    assert found is not None
    reading = read(found, draft.content_type, draft.body)
    assert found.schema is None or found.schema.accepts(reading.value)


def test_what_only_responses_have_is_in_no_body(tmp_path: Path) -> None:
    media = f"application/json: {OBJECT}".replace("{MORE}", "id: {type: string, readOnly: true}")
    operation, drafts = drafted(tmp_path, media)
    assert [*yaml.safe_load(drafts.of(operation).body)] == ["name"]


def test_an_operation_without_a_valid_value_has_a_reason_in_place_of_a_draft(
    tmp_path: Path,
) -> None:
    never = "application/json: {example: 1, schema: {type: string, enum: [a], minLength: 2}}"
    operation, drafts = drafted(tmp_path, never)
    assert drafts.problem(operation) == "no valid body of application/json can be made"
    with pytest.raises(DraftError, match="no valid body"):
        drafts.of(operation)


def test_an_example_that_its_schema_rejects_is_not_sent(tmp_path: Path) -> None:
    media = "application/json: {example: 1, schema: {type: string, enum: [a]}}"
    operation, drafts = drafted(tmp_path, media)
    assert drafts.of(operation).body == b'"a"'


def test_pairs_are_replaced_by_parameter() -> None:
    usual = {"a": (("a", "1"), ("a", "2")), "b": (("b[c]", "3"),)}
    assert replaced(usual, {"a": [], "d&": ["4", "5"]}) == [
        ("b[c]", "3"),
        ("d%26", "4"),
        ("d%26", "5"),
    ]
