from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.comparison.changes.compare import changes
from ruangkerja.conformance.comparison.changes.kinds import Effect, table
from ruangkerja.spec import contract
from ruangkerja.spec.documents.writing import write
from ruangkerja.spec.schemas.writer import Direction

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.comparison.changes.change import Change
    from ruangkerja.spec.contract import Contract


def described(
    folder: Path, name: str, schema: Any, version: str = "3.1.0", **components: Any
) -> Contract:
    media = {"application/json": {"schema": {"type": "object", "properties": {"it": schema}}}}
    operation = {
        "requestBody": {"required": True, "content": media},
        "responses": {"200": {"description": "It.", "content": media}},
    }
    value = {
        "openapi": version,
        "info": {"title": "T", "version": "1"},
        "paths": {"/it": {"post": operation}},
        "components": {"schemas": components},
    }
    path = folder / f"{name}.json"
    write(path, json.dumps(value, indent=1))
    return contract.load(path)


def found(folder: Path, old: Any, new: Any, **more: Any) -> list[Change]:
    return changes(described(folder, "old", old, **more), described(folder, "new", new, **more))


TEXT, INTEGER, ANY = {"type": "string"}, {"type": "integer"}, {}
BOTH, NEITHER = ("breaking", "breaking"), ("safe", "safe")
NARROWER, WIDER, UNDECIDED = ("breaking", "safe"), ("safe", "breaking"), ("unknown", "unknown")
A = {"type": "object", "properties": {"a": TEXT}}
NEEDED = {**A, "required": ["a"]}
OR_NULL = {"type": ["string", "null"], "maxLength": 9}


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "additionalProperties": False}


def either(mapping: dict[str, str], name: str = "b") -> dict[str, Any]:
    """Return a schema with two branches, and what chooses one of them."""
    branches = [{"$ref": f"#/components/schemas/{each}"} for each in "AB"]
    return {"oneOf": branches, "discriminator": {"propertyName": name, "mapping": mapping}}


CASES: list[tuple[str, Any, Any, tuple[str, str]]] = [
    ("type.changed", TEXT, INTEGER, BOTH),
    ("type.typeAdded", INTEGER, {"type": "number"}, WIDER),
    ("type.typeAdded", INTEGER, {"type": ["integer", "string"]}, WIDER),
    ("type.typeRemoved", {"type": "number"}, INTEGER, NARROWER),
    ("type.nullAdded", TEXT, {"type": ["string", "null"]}, WIDER),
    ("type.nullRemoved", {"type": ["string", "null"]}, TEXT, NARROWER),
    ("type.added", ANY, TEXT, NARROWER),
    ("type.removed", TEXT, ANY, WIDER),
    ("enum.valueAdded", {"enum": ["a"]}, {"enum": ["a", "b"]}, WIDER),
    ("enum.valueRemoved", {"enum": ["a", "b"]}, {"enum": ["a"]}, NARROWER),
    ("enum.added", TEXT, {"type": "string", "enum": ["a"]}, NARROWER),
    ("enum.removed", {"type": "string", "const": "a"}, TEXT, WIDER),
    ("minimum.added", INTEGER, {"type": "integer", "minimum": 1}, NARROWER),
    ("minimum.raised", {"minimum": 1}, {"exclusiveMinimum": 1}, NARROWER),
    ("minimum.lowered", {"minimum": 1}, {"minimum": 0}, WIDER),
    ("minimum.removed", {"minimum": 1}, ANY, WIDER),
    ("maximum.lowered", {"maximum": 9}, {"exclusiveMaximum": 9}, NARROWER),
    ("maximum.raised", {"maximum": 9}, {"maximum": 10}, WIDER),
    ("maxLength.lowered", {"maxLength": 9}, {"maxLength": 8}, NARROWER),
    ("minLength.added", TEXT, {"type": "string", "minLength": 1}, NARROWER),
    ("maxItems.removed", {"maxItems": 9}, ANY, WIDER),
    ("minItems.raised", {"minItems": 1}, {"minItems": 2}, NARROWER),
    ("uniqueItems.added", {"type": "array"}, {"type": "array", "uniqueItems": True}, NARROWER),
    ("multipleOf.multiplied", {"multipleOf": 5}, {"multipleOf": 10}, NARROWER),
    ("multipleOf.divided", {"multipleOf": 10}, {"multipleOf": 5}, WIDER),
    ("multipleOf.changed", {"multipleOf": 10}, {"multipleOf": 4}, BOTH),
    ("multipleOf.added", INTEGER, {**INTEGER, "multipleOf": 5}, NARROWER),
    ("multipleOf.multiplied", {"multipleOf": 0.5}, INTEGER, NARROWER),
    ("multipleOf.divided", {"multipleOf": 0.1}, {"multipleOf": 0.01}, WIDER),
    ("discriminator.changed", either({}), either({}, "c"), UNDECIDED),
    ("discriminator.valueAdded", either({}), either({"a": "A"}), WIDER),
    ("discriminator.valueRemoved", either({"a": "A"}), either({"A": "A"}), NARROWER),
    ("discriminator.valueChanged", either({"a": "A"}), either({"a": "B"}), BOTH),
    ("pattern.added", TEXT, {"type": "string", "pattern": "a"}, NARROWER),
    ("pattern.removed", {"pattern": "a"}, ANY, WIDER),
    ("pattern.changed", {"pattern": "a"}, {"pattern": "b"}, UNDECIDED),
    ("format.added", TEXT, {**TEXT, "format": "date"}, ("unknown", "safe")),
    ("format.removed", {**TEXT, "format": "date"}, TEXT, ("safe", "unknown")),
    ("format.widened", {"format": "int32"}, {"format": "int64"}, WIDER),
    ("format.narrowed", {"format": "double"}, {"format": "float"}, NARROWER),
    ("format.changed", {"format": "date"}, {"format": "date-time"}, UNDECIDED),
    ("not.added", ANY, {"not": {"const": 1}}, NARROWER),
    ("not.changed", {"not": {"const": 2}}, {"not": {"const": 1}}, UNDECIDED),
    ("if.changed", {"if": TEXT, "then": ANY}, {"if": INTEGER, "then": ANY}, UNDECIDED),
    ("unevaluatedProperties.added", A, {**A, "unevaluatedProperties": False}, NARROWER),
    ("unevaluatedItems.removed", {"unevaluatedItems": False}, {"unevaluatedItems": True}, WIDER),
    ("dependentRequired.added", A, {**A, "dependentRequired": {"a": ["b"]}}, NARROWER),
    ("property.required", A, NEEDED, NARROWER),
    ("property.optional", NEEDED, A, WIDER),
    ("property.added.required", {"type": "object"}, NEEDED, NARROWER),
    ("property.added.optional", {"type": "object"}, A, NEITHER),
    ("readOnly.added", TEXT, {**TEXT, "readOnly": True}, ("unknown", "safe")),
    ("additionalProperties.refused", A, closed(A), NARROWER),
    ("additionalProperties.allowed", closed(A), A, WIDER),
    ("additionalProperties.added", A, {**A, "additionalProperties": TEXT}, NARROWER),
    ("additionalProperties.removed", {**A, "additionalProperties": TEXT}, A, WIDER),
    ("items.added", {"type": "array"}, {"type": "array", "items": TEXT}, NARROWER),
    ("items.removed", {"type": "array", "items": TEXT}, {"type": "array"}, WIDER),
    ("branch.added", {"oneOf": [A]}, {"oneOf": [A, {"type": "array"}]}, WIDER),
    ("branch.removed", {"anyOf": [A, {"type": "array"}]}, {"anyOf": [A]}, NARROWER),
    ("branch.added", A, {"oneOf": [A, {"type": "array"}]}, WIDER),
    ("branches.added", TEXT, {"type": "string", "anyOf": [{"pattern": "a"}]}, NARROWER),
    ("branches.removed", {**TEXT, "anyOf": [{"pattern": "a"}]}, TEXT, WIDER),
    ("oneOf.strict", {"anyOf": [A, {}]}, {"oneOf": [A, {}]}, NARROWER),
    ("prefixItems.changed", {"prefixItems": [TEXT]}, {"prefixItems": [TEXT, A]}, UNDECIDED),
    ("default.changed", {"default": 1}, {"default": 2}, NARROWER),
    ("default.removed", {"default": 1}, ANY, NARROWER),
    ("default.added", ANY, {"default": 1}, ("unknown", "safe")),
    ("enum.valueRemoved", {"enum": ["a", "bb"]}, {"enum": ["a", "bb"], "maxLength": 1}, NARROWER),
    ("enum.added", {"pattern": "^[ab]$"}, {"enum": ["a"]}, NARROWER),
    ("enum.removed", {"anyOf": [{"const": "a"}]}, {"pattern": "^a"}, WIDER),
    ("branch.added", {"oneOf": [A]}, {"anyOf": [{"oneOf": [A]}, {"type": "null"}]}, WIDER),
    ("type.nullAdded", A, {"anyOf": [A, {"type": "null"}]}, WIDER),
    ("type.nullRemoved", {"oneOf": [A, {"type": "null"}]}, A, NARROWER),
    ("maxLength.removed", OR_NULL, {"anyOf": [TEXT, {"type": "null"}]}, WIDER),
    ("text.changed", {"description": "a"}, {"description": "b"}, NEITHER),
    ("extension.changed", {"x-other": 1}, {"x-other": 2}, UNDECIDED),
    ("x-stable.removed", {"x-stable": True}, ANY, WIDER),
]


@pytest.fixture(scope="module")
def of_cases(tmp_path_factory: pytest.TempPathFactory) -> list[Change]:
    """Return the changes of all cases, each of which is a property of one object."""
    old, new = (
        {"properties": {str(number): case[which] for number, case in enumerate(CASES)}}
        for which in (1, 2)
    )
    return found(tmp_path_factory.mktemp("cases"), old, new, A=A, B={"type": "object"})


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_change_of_a_schema_has_an_effect_in_each_direction(
    of_cases: list[Change], number: int
) -> None:
    kind, _, _, effects = CASES[number]
    mine = [c for c in of_cases if c.kind == kind and c.where.at[1] == str(number)]

    assert {c.direction: c.effect for c in mine} == dict(
        zip(("request", "response"), effects, strict=True)
    )


@pytest.mark.parametrize(
    ("old", "kind", "effect"),
    [
        (A, "property.removed.optional", Effect.SAFE),
        (NEEDED, "property.removed.required", Effect.BREAKING),
    ],
)
def test_a_property_that_is_removed_is_ignored_in_requests(
    tmp_path: Path, old: Any, kind: str, effect: Effect
) -> None:
    changed = {c.direction: (c.kind, c.effect) for c in found(tmp_path, old, {"type": "object"})}

    ignored = "property.removed.ignored", Effect.UNKNOWN
    assert changed == {"request": ignored, "response": (kind, effect)}


@pytest.mark.parametrize(
    ("kind", "old", "new", "direction"),
    [
        ("property.added.closed", closed({"type": "object"}), closed(A), "response"),
        ("property.removed.closed", closed(A), closed({"type": "object"}), "request"),
    ],
)
def test_a_property_of_a_closed_object_matters(
    tmp_path: Path, kind: str, old: Any, new: Any, direction: str
) -> None:
    breaking = [c for c in found(tmp_path, old, new) if c.effect is Effect.BREAKING]

    assert [(c.kind, c.direction) for c in breaking] == [(kind, direction)]


def test_a_default_of_what_requests_have_to_state_says_nothing(tmp_path: Path) -> None:
    def needed(default: int) -> dict[str, Any]:
        return {"required": ["a"], "properties": {"a": {"default": default}}}

    changed = {c.kind: c.effect for c in found(tmp_path, needed(1), needed(2))}

    assert changed == {"text.changed": Effect.SAFE, "default.changed": Effect.SAFE}


LIST = {"type": "array", "items": {"$ref": "#/components/schemas/A"}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (A, {"$ref": "#/components/schemas/A"}),
        (A, {"allOf": [{"type": "object"}, {"properties": {"a": TEXT}}]}),
        ({"const": 1}, {"enum": [1]}),
        ({"oneOf": [TEXT, A]}, {"oneOf": [{"$ref": "#/components/schemas/A"}, TEXT]}),
        ({"not": A}, {"not": {"$ref": "#/components/schemas/A"}}),
        ({"minimum": 1}, {"minimum": 1.0}),
        ({**INTEGER, "minimum": 1}, {**INTEGER, "exclusiveMinimum": 0}),
        ({**INTEGER, "exclusiveMaximum": 9}, {**INTEGER, "maximum": 8}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (INTEGER, {"type": "number", "multipleOf": 1}),
        (INTEGER, {**INTEGER, "multipleOf": 0.5}),
        ({"type": "boolean"}, {"anyOf": [{"type": "boolean"}, {"enum": [True]}]}),
        ({"enum": ["a", "b"]}, {"enum": ["a", "b"], "pattern": "^[ab]$", "maxLength": 1}),
        ({"enum": ["a"]}, {"oneOf": [{"const": "a"}, {"const": "b"}], "not": {"const": "b"}}),
        (TEXT, {"anyOf": [TEXT, {"const": "a"}]}),
        (OR_NULL, {"anyOf": [{**TEXT, "maxLength": 9}, {"type": "null"}]}),
        (OR_NULL, {"oneOf": [{"type": "null"}, {**TEXT, "maxLength": 9}]}),
        (LIST, {"type": "array", "items": A}),
    ],
)
def test_another_way_to_write_a_schema_is_no_change(tmp_path: Path, old: Any, new: Any) -> None:
    assert found(tmp_path, old, new, A=A) == []


def test_a_change_in_a_shared_schema_is_one_change_with_its_lines(tmp_path: Path) -> None:
    reference = {"$ref": "#/components/schemas/A"}
    old = described(tmp_path, "old", reference, A=A)
    new = described(tmp_path, "new", {"allOf": [reference]}, A={**A, "required": ["a"]})

    request, response = changes(old, new)

    assert request.message == "the property is now required"
    assert str(request.where) == "POST /it, request body /it/a"
    assert request.old.pointer == "/components/schemas/A/properties/a"
    assert new.source.line(("components", "schemas", "A", "properties", "a")) == request.new.line
    assert response.effect is Effect.SAFE


def test_schemas_that_contain_themselves_are_compared(tmp_path: Path) -> None:
    def tree(name: str, value: Any) -> Contract:
        node = {"type": "object", "properties": {"value": value, "next": reference}}
        return described(tmp_path, name, reference, Node=node)

    reference = {"$ref": "#/components/schemas/Node"}
    kinds = {c.kind for c in changes(tree("old", TEXT), tree("new", INTEGER))}

    assert kinds == {"type.changed"}


def test_a_read_only_property_does_not_break_requests(tmp_path: Path) -> None:
    new = {**NEEDED, "properties": {"a": {**TEXT, "readOnly": True}}}
    breaking = [c for c in found(tmp_path, {"type": "object"}, new) if c.effect is Effect.BREAKING]

    assert breaking == []


def test_nullable_of_openapi_3_0_is_read(tmp_path: Path) -> None:
    first, *_ = found(tmp_path, TEXT, {**TEXT, "nullable": True}, version="3.0.3")

    assert (first.kind, first.direction) == ("type.nullAdded", "response")


def test_each_member_that_can_be_null_is_a_change_of_its_own(tmp_path: Path) -> None:
    reference = {"$ref": "#/components/schemas/A"}
    old, new = (
        {"properties": dict.fromkeys("xy", each)}
        for each in (reference, {"anyOf": [reference, {"type": "null"}]})
    )

    changed = [c for c in found(tmp_path, old, new, A=A) if c.direction == "response"]

    assert [(c.kind, c.where.at[-1]) for c in changed] == [
        ("type.nullAdded", "x"),
        ("type.nullAdded", "y"),
    ]


def test_branches_that_contain_each_other_are_compared(tmp_path: Path) -> None:
    def within(first: Any) -> dict[str, Any]:
        return {"B": {"anyOf": [first, {"$ref": "#/components/schemas/B"}, {"const": "b"}]}}

    old, new = (
        described(tmp_path, name, {"$ref": "#/components/schemas/B"}, **within({"const": value}))
        for name, value in (("old", "a"), ("new", "c"))
    )

    assert isinstance(changes(old, new), list)


def test_many_values_are_one_change(tmp_path: Path) -> None:
    old, new = ({"enum": [f"{letter}{n}" for n in range(500)]} for letter in "ab")

    gone, more, *_ = [c for c in found(tmp_path, old, new) if c.direction == "request"]

    assert gone.message.endswith("and 480 more")
    assert [gone.kind, more.kind] == ["enum.valueRemoved", "enum.valueAdded"]


def test_schemas_that_double_are_compared_once_each(tmp_path: Path) -> None:
    def doubling(leaf: Any) -> dict[str, Any]:
        both = [
            {n: {"$ref": f"#/components/schemas/S{i + 1}"} for n in ("a", "b")} for i in range(40)
        ]
        schemas = {f"S{i}": {"type": "object", "properties": each} for i, each in enumerate(both)}
        return {**schemas, "S40": leaf}

    first = {"$ref": "#/components/schemas/S0"}
    old = described(tmp_path, "old", first, **doubling(TEXT))
    new = described(tmp_path, "new", first, **doubling(INTEGER))

    assert {c.kind for c in changes(old, new)} == {"type.changed"}


def test_laws_are_compared(tmp_path: Path) -> None:
    def law(rule: str) -> dict[str, Any]:
        laws = [{"reads": [""], "rule": rule, "message": "it is large"}]
        return {"type": "integer", "x-validations": laws}

    assert [c.kind for c in found(tmp_path, law("self > 1"), law("self  >  1"))] == []
    assert {c.kind for c in found(tmp_path, law("self > 1"), law("self > 2"))} == {"law.changed"}
    added = {c.direction: c.effect for c in found(tmp_path, INTEGER, law("self > 1"))}
    assert added == {"request": Effect.BREAKING, "response": Effect.SAFE}


def test_every_kind_has_a_text_that_can_be_filled_in() -> None:
    for kind in table().kinds.values():
        assert kind.text.format(name="n", old="o", new="w")
        assert {kind.effect(direction) for direction in Direction} <= set(Effect)
