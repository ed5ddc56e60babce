"""Schemas and values in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec.describing import actual, describe, expectation, joined
from ruangkerja.spec.schemas.schemas import Schemas
from ruangkerja.spec.visible import LONGEST, cut


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 0}, "an integer, at least 0"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "an integer, at least 1, at most 9"),
        (
            {"type": "number", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
            "a number, more than 0, or null",
        ),
        (
            {"type": "number", "maximum": 1, "exclusiveMaximum": True, "multipleOf": 0.5},
            "a number, less than 1, a multiple of 0.5",
        ),
        ({"type": "string", "minLength": 1}, "a string that is not empty"),
        (
            {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^a"},
            "a string, at least 2 characters, at most 3 characters, of the pattern ^a",
        ),
        ({"type": "string", "format": "date"}, "a date of the calendar, YYYY-MM-DD"),
        ({"type": "string", "format": "hostname"}, "a string"),
        ({"type": "string", "enum": ["on"]}, '"on"'),
        ({"type": "string", "enum": ["on", "off"]}, 'one of "on", "off"'),
        (
            {"type": "array", "minItems": 1, "maxItems": 2},
            "an array, at least 1 elements, at most 2 elements",
        ),
        ({"type": "boolean"}, "true or false"),
        ({}, "what the schema allows"),
    ],
)
def test_a_schema_reads_as_what_it_allows(schema: dict[str, Any], words: str) -> None:
    assert describe(schema) == words


def test_the_branches_of_a_choice_are_all_named() -> None:
    schema = {"anyOf": [{"enum": [""]}, {"$ref": "#/d"}]}
    schemas = Schemas({"it": schema, "d": {"type": "string", "format": "date"}})
    words = expectation(schemas.node(("it",)), schemas)
    assert words == '"" or a date of the calendar, YYYY-MM-DD'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("a\nb", '"a\\nb"'),
        ("Jürgen", '"Jürgen"'),
        ("\ud800", '"\\ud800"'),
        ("\u202e", '"\\u202e"'),
        ([1, 2], "an array of 2"),
        ({}, "an empty object"),
        ({"a": 1}, "an object with a"),
        ({"a": 1, "b": 2}, "an object with a and b"),
        (dict.fromkeys("abcdefgh"), "an object with a, b, c, d, e, f and 2 more"),
        ({"a\nb": 1, "": 2}, 'an object with "a\\nb" and ""'),
    ],
)
def test_a_value_reads_as_json_has_it(value: Any, words: str) -> None:
    assert actual(value) == words


def test_a_number_too_long_to_be_written_is_told_by_its_length() -> None:
    assert actual(10**5000) == "a number of 5001 digits"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=8),
    max_leaves=5,
)


@given(json_values)
def test_whatever_the_value_its_words_fit_on_a_line(value: Any) -> None:
    words = actual(value)
    assert words.isprintable()
    assert len(words) <= LONGEST


@given(st.text(max_size=300))
def test_a_text_is_cut_in_its_middle_and_says_by_how_much(text: str) -> None:
    short = cut(text)
    if len(text) <= LONGEST:
        assert short == text
    else:
        left_out = len(text) - 60
        assert short == f"{text[:30]} …{left_out} more… {text[-30:]}"
        assert len(short) <= LONGEST


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_words_are_joined_as_in_a_sentence(words: list[str], text: str) -> None:
    assert joined(words) == text
