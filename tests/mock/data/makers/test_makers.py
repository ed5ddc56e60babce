"""Values of schemas without `x-faker`: each is valid, whatever keywords the schema has."""

from __future__ import annotations

import datetime
from typing import Any

import jsonschema_rs
import pytest
import yaml

from ruangkerja.mock.data.attempts import valid
from ruangkerja.mock.data.keystream import Draw, digest
from ruangkerja.mock.data.makers.compiler import Compiler
from ruangkerja.mock.data.providers import Providers
from ruangkerja.spec.schemas.schemas import Schemas

from ....spec.schemas.test_dialects import SCHEMAS, document, in_old_words, within

PLACE = ("components", "schemas", "it")
_TODAY = datetime.date(2024, 5, 17)
OTHERS = {
    "required without property": "type: object\nrequired: [a, b]\nproperties: {a: {type: integer}}",
    "an example of another type": "type: integer\nexample: '1'",
    "an example out of bounds": "type: number\nminimum: 5\nexample: 1",
    "an example with another member": (
        "type: array\nitems: {type: object, required: [a], properties: {a: {type: object}}}\n"
        "example: [{a: b}]\nminItems: 1"
    ),
    "an optional member that cannot be": (
        "type: object\nproperties: {a: {type: array, enum: [b]}, c: {type: string}}"
    ),
    "branches that a value fits both": (
        "oneOf: [{properties: {a: {type: string}}}, {properties: {b: {type: integer}}}]"
    ),
    "parts with a member in common": (
        "allOf: [{properties: {a: {type: string}}}, {properties: {a: {enum: [b, c]}}}]\n"
        "required: [a]"
    ),
    "parts with bounds": (
        "allOf: [{minimum: 3, maximum: 9}, {minimum: 5}]\ntype: integer\nmaximum: 6"
    ),
    "two groups of branches": (
        "anyOf: [{required: [a]}, {required: [b]}]\noneOf: [{required: [c]}, {required: [d]}]\n"
        "properties: {a: {}, b: {}, c: {}, d: {}}\ntype: object"
    ),
    "names by pattern": "type: object\npatternProperties: {'^x-[a-z]{3}$': {type: integer}}\n"
    "additionalProperties: false\nminProperties: 2",
    "names from a list": "type: object\npropertyNames: {enum: [de, en]}\nminProperties: 1\n"
    "additionalProperties: {type: string}",
    "many members": "type: object\nminProperties: 5\nadditionalProperties: {type: integer}",
    "no more than one member": "type: object\nmaxProperties: 1\nadditionalProperties: {}",
    "different elements": "type: array\nminItems: 3\nuniqueItems: true\nitems: {enum: [1, 2, 3]}",
    "a tuple": "type: array\nprefixItems: [{type: string}, {const: 5}]\nminItems: 2\nitems: false",
    "a pattern that looks ahead": "type: string\npattern: '^(?=.*[0-9])(?=.*[A-Z])[A-Za-z0-9]{4}$'",
    "a text with a pattern and a length": "type: string\npattern: '^[a-z]+$'\nminLength: 20",
    "a member that is like the whole": (
        "type: object\nrequired: [a]\nproperties: {a: {anyOf: [{$ref: '#'}, {type: 'null'}]}}"
    ),
    "a list of itself": "type: array\nitems: {$ref: '#'}",
}
NOTHING = {
    *("null that no value is", "values of no type", "a constant out of an enum", "nothing at all"),
}


@pytest.mark.parametrize("name", sorted({*SCHEMAS, *OTHERS} - NOTHING))
def test_each_value_is_valid(name: str) -> None:
    schema = yaml.safe_load({**SCHEMAS, **OTHERS}[name])
    is_valid = jsonschema_rs.Draft202012Validator(schema).is_valid
    values = [made(in_old_words(within(schema)), seed) for seed in range(5)]
    assert [value for value in values if not is_valid(value)] == []


def made(contract: dict[str, Any], seed: int) -> Any:
    root = Compiler(contract, Providers(None, _TODAY)).root(PLACE)
    schema = Schemas(contract).at(PLACE)
    return valid(root, schema, lambda attempt: Draw(digest(b"", seed, attempt)))


@pytest.mark.parametrize(
    "text",
    [
        "type: string\nenum: [a]\nnullable: true",
        "type: object\nnullable: true\nallOf: [{type: object, properties: {a: {type: string}}}]",
        "nullable: true\noneOf: [{type: string}, {type: integer}]",
    ],
)
def test_null_is_made_only_where_no_other_keyword_excludes_it(text: str) -> None:
    member = {"type": "object", "required": ["a"], "properties": {"a": yaml.safe_load(text)}}
    values = [made(document(member, "3.0.3"), seed)["a"] for seed in range(30)]
    assert None not in values


def test_a_required_member_that_is_only_written_is_shown_from_3_1_on() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string", "writeOnly": True}},
    }
    assert made(document(schema, "3.0.3"), 0) == {}
    assert made(document(schema, "3.1.0"), 0).keys() == {"a"}
