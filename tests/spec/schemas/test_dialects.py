"""OpenAPI 3.1 and 3.2 in the words of 3.0: each value is as valid as before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml

from ruangkerja.spec.describing import describe
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.documents.source import Source
from ruangkerja.spec.schemas.dialects import normalized
from ruangkerja.spec.schemas.schemas import Schemas

if TYPE_CHECKING:
    from ..conftest import ReadContract

_FILE = Path("contract.yaml")
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 2, 3, 2.5, 5, 10, -1, "", "a", "b", "ab", "abc", "2024-05-17"),
    *([], [1], ["a"], ["a", 1], ["a", 1, True], [1, 2, 3], ["a", "b", "b"], [None], [[]], [{}]),
    *({}, {"a": 1}, {"a": None}, {"b": 1}, {"a": 1, "b": 2}, {"a": "x"}, {"x-a": 1}, {"c": "x"}),
    *({"a": {"a": {"a": 1}}}, {"a": 1, "c": 3}, {"kind": "cat", "lives": 9}, {"kind": "dog"}),
)

SCHEMAS = {
    "a type or null": "type: [string, 'null']",
    "null first": "type: ['null', integer]\nminimum: 1",
    "only null": "type: 'null'",
    "an array of one type": "type: [array]\nitems: {type: [string, 'null']}",
    "two types": "type: [string, integer]\nminLength: 1\nminimum: 2",
    "two types or null": "type: [string, array, 'null']\nmaxLength: 1",
    "integers are numbers": "type: [integer, number]",
    "all types": "type: ['null', boolean, number, string, array, object]",
    "all types but one": "type: ['null', boolean, integer, string, array, object]",
    "two types and branches": "type: [string, integer]\nanyOf: [{const: a}, {minimum: 2}]",
    "types in an allOf": "type: [string, integer]\nallOf: [{enum: [a, 1]}]\noneOf: [{}]",
    "null that no value is": "type: [string, 'null']\nenum: [a, b]",
    "null that is a value": "type: [string, 'null']\nenum: [a, null]",
    "values of no type": "type: [string]\nenum: [1]",
    "values of two types": "type: [string, integer]\nenum: [a, 1, true]",
    "null and branches": "type: [object, 'null']\noneOf: [{required: [a]}, {required: [b]}]",
    "null in no branch": "type: [string, 'null']\nanyOf: [{minLength: 1, type: string}]",
    "null and not": "type: [string, 'null']\nnot: {const: null}",
    "nullable means nothing": "type: string\nnullable: true",
    "a constant": "const: 5",
    "null as a constant": "const: null",
    "a constant of an enum": "const: a\nenum: [a, b]",
    "a constant out of an enum": "const: c\nenum: [a, b]",
    "an object as a constant": "const: {a: 1}",
    "more than": "type: number\nexclusiveMinimum: 2",
    "less than": "type: integer\nexclusiveMaximum: 3",
    "two bounds, one exclusive": "minimum: 5\nexclusiveMinimum: 2",
    "two bounds, the other exclusive": "minimum: 2\nexclusiveMinimum: 3",
    "the same bound twice": "maximum: 3\nexclusiveMaximum: 3",
    "true and false": "properties: {a: true, b: false}",
    "nothing at all": "not: true",
    "no more elements": "prefixItems: [{type: string}, {type: integer}]\nitems: false",
    "elements after the first": "prefixItems: [{type: string}]\nitems: {type: integer}",
    "elements not seen": "prefixItems: [true]\nunevaluatedItems: false",
    "one of the elements": "contains: {const: a}\nmaxContains: 1",
    "no such element": "contains: {const: a}\nminContains: 0",
    "if, then, else": "if: {type: string}\nthen: {minLength: 2}\nelse: {type: object}",
    "one member needs another": "dependentRequired: {a: [b]}",
    "one member needs a schema": "dependentSchemas: {a: {required: [c]}}",
    "members by pattern": "patternProperties: {'^x-': {type: string}}\ntype: object",
    "names of members": "propertyNames: {maxLength: 1}",
    "no members that nothing names": (
        "allOf: [{properties: {a: true}}]\nproperties: {b: true}\nunevaluatedProperties: false"
    ),
    "a reference and more": "$ref: '#/$defs/a'\nmaxLength: 1\n$defs: {a: {type: [string, 'null']}}",
    "a reference and words": "$ref: '#/$defs/a'\ndescription: A\n$defs: {a: {type: string}}",
    "a reference in an allOf": "$ref: '#/$defs/a'\nallOf: [{minLength: 1}]\n$defs: {a: {const: a}}",
    "a schema in itself": "type: object\nadditionalProperties: {anyOf: [{$ref: '#'}, {const: 1}]}",
    "a name with brackets": "$ref: '#/$defs/%7Ba%7D'\n$defs: {'{a}': {type: string}}",
    "a name with a percent": "$ref: '#/$defs/100%25'\n$defs: {'100%': {type: string}}",
    "an anchor": "$ref: '#here'\n$defs: {a: {$anchor: here, type: string}}",
    "branches of constants": (
        "oneOf: [{properties: {kind: {const: cat}}, required: [kind, lives]},"
        " {properties: {kind: {const: dog}}, required: [kind]}]"
    ),
}


def document(schema: Any, version: str = "3.1.0") -> dict[str, Any]:
    return {
        "openapi": version,
        "info": {"title": "One schema", "version": "1"},
        "components": {"schemas": {"it": schema}},
    }


def in_old_words(schema: Any, version: str = "3.1.0") -> Any:
    source = Source.parse(yaml.safe_dump(document(schema, version)).encode(), _FILE)
    return normalized(source).value


def within(schema: Any, name: str = "it") -> Any:
    """A schema whose references lead to the same schemas within a contract."""
    text = yaml.safe_dump(schema).replace("'#/", f"'#/components/schemas/{name}/")
    return yaml.safe_load(text.replace("'#'", f"'#/components/schemas/{name}'"))


@pytest.mark.parametrize("text", SCHEMAS.values(), ids=SCHEMAS)
def test_each_value_is_as_valid_as_before(text: str) -> None:
    schema = yaml.safe_load(text)
    expected = jsonschema_rs.Draft202012Validator(schema)
    compiled = Schemas(in_old_words(within(schema))).at(("components", "schemas", "it"))
    assert [each for each in VALUES if compiled.accepts(each) != expected.is_valid(each)] == []
    # Each violation is found at a place, and said in words.
    for value in VALUES:
        assert bool(compiled.judge(value).violations) != expected.is_valid(value)


def test_each_value_is_as_valid_as_before_in_a_contract_that_is_read(
    read_contract: ReadContract,
) -> None:
    texts = {re.sub(r"\W+", "-", name): text for name, text in SCHEMAS.items()}
    schemas = {name: within(yaml.safe_load(text), name) for name, text in texts.items()}
    whole = {**document({}), "paths": {}, "components": {"schemas": schemas}}
    contract = read_contract(yaml.safe_dump(whole))
    for name, text in texts.items():
        expected = jsonschema_rs.Draft202012Validator(yaml.safe_load(text))
        compiled = contract.schemas.at(("components", "schemas", name))
        assert [v for v in VALUES if compiled.accepts(v) != expected.is_valid(v)] == [], name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("type: [integer, 'null']\nexclusiveMinimum: 0", "an integer, more than 0, or null"),
        ("const: a", '"a"'),
        ("type: 'null'", "null"),
    ],
)
def test_what_is_expected_is_said_in_the_same_words(text: str, words: str) -> None:
    found = in_old_words(yaml.safe_load(text))
    assert describe(found["components"]["schemas"]["it"]) == words


def test_a_contract_of_version_3_0_stays_as_it_is() -> None:
    source = Source.parse(yaml.safe_dump(document({"const": 1}, "3.0.3")).encode(), _FILE)
    assert normalized(source) is source


def test_data_that_looks_like_a_schema_stays_as_it_is() -> None:
    schema = {"default": {"type": ["a"]}, "enum": [{"const": 1}], "x-own": {"const": 1}}
    found = in_old_words({**schema, "properties": {"const": {"type": "string"}}})
    assert found["components"]["schemas"]["it"] == {
        **schema,
        "properties": {"const": {"type": "string"}},
    }


def test_a_contract_of_version_3_1_is_read(small: str, read_contract: ReadContract) -> None:
    text = small.replace("3.0.3", "3.1.0").replace(
        "{type: string}", "{type: [string], minLength: 2}"
    )
    [operation] = read_contract(text).operations
    assert operation.parameters[0].allowed == "a string, at least 2 characters"


def test_an_operation_may_be_without_responses(read_contract: ReadContract) -> None:
    text = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {/a: {get: {}}}\n"
    [operation] = read_contract(text).operations
    assert operation.responses == {}


def test_webhooks_are_ignored_with_a_warning(small: str, read_contract: ReadContract) -> None:
    text = small.replace("3.0.3", "3.1.0") + "webhooks: {born: {post: {}}}\n"
    [warning] = read_contract(text).warnings
    assert "webhooks" in str(warning)
    assert warning.line == text.count("\n")


def test_a_contract_may_have_only_webhooks(read_contract: ReadContract) -> None:
    text = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nwebhooks: {}\n"
    assert read_contract(text).operations == ()


def test_swagger_2_is_refused_with_the_name_of_a_converter(read_contract: ReadContract) -> None:
    with pytest.raises(SourceError, match=r"contract.yaml:1: is Swagger 2.0.*swagger2openapi"):
        read_contract("swagger: '2.0'\ninfo: {title: A, version: '1'}\npaths: {}\n")
