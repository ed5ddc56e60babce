"""Lint names what OpenAPI allows, but what cannot be meant: its place, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from ruangkerja.spec import register as registers
from ruangkerja.spec.contract import load, read
from ruangkerja.spec.documents.pointers import join
from ruangkerja.spec.documents.source import Source
from ruangkerja.spec.lint.lint import findings, shown

_TEXT = """openapi: 3.0.3
info: {title: Small, version: '1'}
paths:
  /things:
    get:
      parameters:
        - {name: size, in: query, schema: {type: integer, minimum: 1, maximum: 9}, example: 5}
      responses:
        '200':
          description: A thing
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
              example: {name: a, count: 1}
components:
  schemas:
    Thing:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string, default: none, maxLength: 9}
        count: {type: integer}
      x-validations:
        - {reads: [/count, request.size], rule: self.count <= request.size, message: At most size}
      x-personal: false
    Pet:
      oneOf: [{$ref: '#/components/schemas/Thing'}]
      discriminator: {propertyName: name, mapping: {thing: Thing}}
"""
MISTAKES = {
    "an example of another type": ("count: 1}", "count: one}", "an integer", 14),
    "a default that is too long": ("default: none", "default: nothing at all", "at most 9", 22),
    "an example above the maximum": ("example: 5", "example: 50", "at most 9", 7),
    "bounds that exclude each other": ("minimum: 1", "minimum: 10", "above maximum 9", 7),
    "a required member that is forbidden": ("[name]", "[name, nam]", "'nam' is required", 19),
    "an extension that is nearly known": ("x-personal", "x-persona", "x-personal is known", 26),
    "a law about an unknown member": (
        *("[/count, request.size], rule: self.count", "[/cont, request.size], rule: self.cont"),
        *("reads /cont, which the schema does not have; count is near", 25),
    ),
    "a law about an unknown parameter": (
        *(
            "request.size], rule: self.count <= request.size",
            "request.siz], rule: self.count <= request.siz",
        ),
        *("request.siz, which is no parameter; size is near", 25),
    ),
    "a law that results in a number": (
        *("rule: self.count <= request.size", "rule: self.count + request.size"),
        *("expected true or false", 25),
    ),
    "a law that compares a text with a number": (
        *("[/count, request.size], rule: self.count", "[/name, request.size], rule: self.name"),
        *("rule cannot be evaluated", 25),
    ),
    "a discriminator that no schema has": (
        *("propertyName: name", "propertyName: kind"),
        *("has no member kind", 29),
    ),
    "a discriminator that leads nowhere": ("thing: Thing", "thing: Thin", "is not there", 29),
}


def _lines(text: str) -> list[str]:
    source = Source.parse(text.encode(), Path("small.yaml"))
    return [shown(problem) for problem in findings(read(source, registers.load()))]


def test_a_contract_without_mistakes_has_no_findings() -> None:
    assert _lines(_TEXT) == []
    assert findings(load()) == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_with_its_line_and_its_place(name: str) -> None:
    old, new, says, line = MISTAKES[name]
    assert _TEXT.count(old) == 1
    found = [each for each in _lines(_TEXT.replace(old, new)) if says in each]
    assert len(found) == 1
    assert found[0].startswith(f"small.yaml:{line}: /")


def test_a_warning_of_openapi_is_a_finding_too() -> None:
    [found] = _lines(_TEXT.replace("minimum: 1", "minimum: '1'"))
    assert found.startswith(f"small.yaml:7: {join(('paths', '/things', 'get', 'parameters'))}/0")
