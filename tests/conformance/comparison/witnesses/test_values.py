"""Values that one of two schemas admits: composition, keywords of OpenAPI 3.1, and laws."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.comparison.witnesses.party import Party
from ruangkerja.conformance.comparison.witnesses.site import Site
from ruangkerja.conformance.comparison.witnesses.values import (
    MOST_STEPS,
    Side,
    changed,
    differences,
)
from ruangkerja.spec import contract
from ruangkerja.spec.schemas.writer import Direction

if TYPE_CHECKING:
    from pathlib import Path

ANYWHERE = Site(None, None, "response")
LAWFUL = """
type: object
required: [state, count]
properties:
  state: {enum: [open, done, late]}
  count: {type: integer, minimum: 0, maximum: 1000}
  day: {type: string, format: date}
  tags: {type: array, items: {type: string}}
  inner: {type: object, properties: {low: {type: integer}, high: {type: integer}}}
"""
# By what is compared: the narrower schema, and the wider one.
SCHEMAS = {
    "branches": (
        "{anyOf: [{type: object, required: [a]}]}",
        "{anyOf: [{type: object, required: [a]}, {type: object, required: [b]}]}",
    ),
    "all of several": (
        "{allOf: [{type: object, required: [a]}, {type: object, required: [b]}]}",
        "{allOf: [{type: object, required: [a]}, {type: object}]}",
    ),
    "other members": (
        "{type: object, properties: {a: {type: string}}, additionalProperties: false}",
        "{type: object, properties: {a: {type: string}}}",
    ),
    "the members of a map": (
        "{type: object, additionalProperties: {enum: [a]}}",
        "{type: object, additionalProperties: {enum: [a, b]}}",
    ),
    "names of members": ("{type: object, propertyNames: {pattern: '^[a-z]+$'}}", "{type: object}"),
    "a condition": (
        "{required: [v], if: {required: [k]}, then: {properties: {v: {minimum: 9}}}}",
        "{required: [v], if: {required: [k]}, then: {properties: {v: {minimum: 3}}}}",
    ),
    "first elements": (
        "{type: array, prefixItems: [{type: string}, {type: integer}]}",
        "{type: array, prefixItems: [{type: string}, {type: [integer, boolean]}]}",
    ),
    "elements that are needed": (
        "{type: array, items: {enum: [z, y]}, contains: {const: z}, minContains: 2}",
        "{type: array, items: {enum: [z, y]}, contains: {const: z}}",
    ),
    "a pattern": (
        "{type: string, pattern: '^[A-Z]{2}[0-9]{4}$'}",
        "{type: string, pattern: '^[A-Z]{2}[0-9]{3,4}$'}",
    ),
    "what is not allowed": (
        "{type: string, not: {enum: [bad, worse]}}",
        "{type: string, not: {enum: [bad]}}",
    ),
    "multiples": ("{type: integer, multipleOf: 4}", "{type: integer, multipleOf: 2}"),
    "a bound": ("{type: number, exclusiveMinimum: 1}", "{type: number, minimum: 1}"),
}
# The rule of a law, what it reads, and the rule that admits more, if there is one.
LAWS = {
    "a number": ("self.count <= 700", ["/count"], "self.count <= 705"),
    "a text": ("self.day != '2024-03-09'", ["/day"], None),
    "a case": (
        "self.state != 'done' || self.count == 0",
        ["/state", "/count"],
        "self.state != 'done' || self.count <= 1",
    ),
    "an inner member": (
        "self.inner.low < self.inner.high",
        ["/inner/low", "/inner/high"],
        "self.inner.low <= self.inner.high",
    ),
    "a size": ("size(self.tags) <= 3", ["size(/tags)"], "size(self.tags) <= 5"),
    "a size and a number": ("size(self.tags) <= self.count", ["size(/tags)", "/count"], None),
    "a parameter": ("self.count <= request.most", ["/count", "request.most"], None),
}


@pytest.mark.parametrize(("narrow", "wide"), SCHEMAS.values(), ids=SCHEMAS)
def test_a_value_of_the_wider_schema_is_found(narrow: str, wide: str, tmp_path: Path) -> None:
    assert found(tmp_path, yaml.safe_load(wide), yaml.safe_load(narrow))


@pytest.mark.parametrize(("rule", "reads", "weaker"), LAWS.values(), ids=LAWS)
def test_a_value_that_breaks_one_law_only_is_found(
    rule: str, reads: list[str], weaker: str | None, tmp_path: Path
) -> None:
    plain: dict[str, Any] = yaml.safe_load(LAWFUL)
    law = {"rule": rule, "message": "a law", "reads": reads}
    narrow = {**plain, "x-validations": [law]}
    wide = {**plain, "x-validations": [{**law, "rule": weaker}]} if weaker else plain
    assert found(tmp_path, wide, narrow)


def test_a_new_branch_of_one_of_several_admits_more_and_less(tmp_path: Path) -> None:
    """What fits both branches was valid before."""
    one = {"oneOf": [{"type": "object", "required": ["a"]}]}
    two = {"oneOf": [*one["oneOf"], {"type": "object", "required": ["b"]}]}
    assert found(tmp_path, two, one)
    assert [{"a", "b"} <= each.keys() for each in found(tmp_path, one, two)] == [True]


def test_nothing_is_found_between_laws_that_say_the_same(tmp_path: Path) -> None:
    plain: dict[str, Any] = yaml.safe_load(LAWFUL)
    one, other = (
        {**plain, "x-validations": [{"rule": rule, "message": "a law", "reads": ["/count"]}]}
        for rule in ("self.count <= 7", "7 >= self.count")
    )
    assert found(tmp_path, one, other) == found(tmp_path, other, one) == []


def test_laws_with_loops_in_each_other_judge_few_long_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def numbers(least: int) -> dict[str, Any]:
        rule = f"self.all(x, self.all(y, self.all(z, x + y + z >= {least})))"
        law = {"rule": rule, "message": "a law", "reads": [""]}
        elements = {"type": "integer", "minimum": 1}
        return {"type": "array", "items": elements, "maxItems": 150, "x-validations": [law]}

    def accepts(side: Side, value: Any, request: Any) -> bool:
        judged.append(value)
        return usual(side, value, request)

    judged: list[Any] = []
    usual = Side.accepts
    monkeypatch.setattr(Side, "accepts", accepts)

    assert found(tmp_path, numbers(3), numbers(0)) == []
    assert len(judged) > 100
    assert sum(len(each) ** 3 for each in judged if isinstance(each, list)) < 3 * MOST_STEPS


def test_the_narrower_of_two_schemas_has_no_value_of_its_own(tmp_path: Path) -> None:
    narrow, wide = map(yaml.safe_load, SCHEMAS["multiples"])
    assert found(tmp_path, narrow, wide) == []


def found(folder: Path, admitting: Any, refusing: Any) -> list[Any]:
    """Return the first value of one schema that is none of the other."""
    sides = []
    for name, schema in (("one", admitting), ("other", refusing)):
        party = Party(name, contract_of(folder, name, schema))
        sides.append(party.side(party.contract.operations[0].schema, Direction.RESPONSE))
    values = differences(sides[0], sides[1], ANYWHERE, (), {"most": 5})
    return [each.value for each in islice(values, 1)]


def contract_of(folder: Path, name: str, schema: Any) -> contract.Contract:
    response = {"description": "A value.", "content": {"application/json": {"schema": schema}}}
    operation = {
        "operationId": "read",
        "parameters": [{"name": "most", "in": "query", "schema": {"type": "integer"}}],
        "responses": {"200": response},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Values", "version": "1"},
        "paths": {"/value": {"get": operation}},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return contract.load(path)


def test_a_change_copies_only_what_is_around_it() -> None:
    value = {"a": [{"b": 1}, {"b": 2}], "c": {}}
    other = changed(value, ("a", "1", "b"), 3)
    assert other == {"a": [{"b": 1}, {"b": 3}], "c": {}}
    assert value["a"] == [{"b": 1}, {"b": 2}]
    assert other["c"] is value["c"]
