"""Styles: each value is written as OpenAPI shows it, and read again as the same value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruangkerja.spec.parameters import UnwritableError
from ruangkerja.spec.parameters.faults import ParameterFault
from ruangkerja.spec.parameters.received import received_of
from ruangkerja.spec.parameters.serialization import (
    Serialization,
    schema_place,
    serialization_of,
)
from ruangkerja.spec.parameters.shape import Shape
from ruangkerja.spec.schemas.schemas import Schemas

ARRAY = {"type": "array", "items": {"type": "string"}}
RGB = {"type": "object", "properties": {name: {"type": "integer"} for name in "RGB"}}
FREE = {"type": "object", "additionalProperties": {"type": "string"}}
NESTED = {
    "type": "object",
    "properties": {
        "ids": {"type": "array", "items": {"type": "integer"}},
        "made": {"type": "object", "properties": {"gte": {"type": "number"}}},
        "open": {"type": "boolean"},
    },
}
COLORS = ["blue", "black", "brown"]
COLOR = {"R": 100, "G": 200, "B": 150}

PLACES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
STYLES = [(place, style) for place, styles in PLACES.items() for style in styles]


def written(schema: dict[str, Any], location: str, **members: Any) -> Serialization:
    raw = {"name": "color", "in": location, "schema": schema, **members}
    if "content" in members:
        del raw["schema"]
    place = schema_place(raw, ("parameter",))
    return serialization_of(raw, Shape(Schemas({"parameter": raw}), place))


def read(serialization: Serialization, *pairs: tuple[str, str]) -> Any:
    found = serialization.read(received_of(serialization.location, pairs))
    return next((value for _, value in found), None)


def text(serialization: Serialization, value: Any) -> str:
    pairs = serialization.write(value)
    if serialization.location == "query":
        return "&".join("=".join(pair) for pair in pairs)
    if serialization.location == "cookie":
        return "; ".join("=".join(pair) for pair in pairs)
    [(name, raw)] = pairs
    assert name == "color"
    return raw


@pytest.mark.parametrize(
    ("location", "style", "explode", "one", "array", "members"),
    [
        ("path", "simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("path", "simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
        ("path", "label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("path", "label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        (
            "path",
            "matrix",
            False,
            ";color=blue",
            ";color=blue,black,brown",
            ";color=R,100,G,200,B,150",
        ),
        (
            "path",
            "matrix",
            True,
            ";color=blue",
            ";color=blue;color=black;color=brown",
            ";R=100;G=200;B=150",
        ),
        ("header", "simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("header", "simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
        ("query", "form", False, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
        (
            "query",
            "form",
            True,
            "color=blue",
            "color=blue&color=black&color=brown",
            "R=100&G=200&B=150",
        ),
        (
            "query",
            "spaceDelimited",
            False,
            "color=blue",
            "color=blue%20black%20brown",
            "color=R%20100%20G%20200%20B%20150",
        ),
        (
            "query",
            "pipeDelimited",
            False,
            "color=blue",
            "color=blue%7Cblack%7Cbrown",
            "color=R%7C100%7CG%7C200%7CB%7C150",
        ),
        (
            "query",
            "deepObject",
            True,
            "color=blue",
            "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
            "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
        ),
        (
            "cookie",
            "form",
            False,
            "color=blue",
            "color=blue,black,brown",
            "color=R,100,G,200,B,150",
        ),
        (
            "cookie",
            "form",
            True,
            "color=blue",
            "color=blue; color=black; color=brown",
            "R=100; G=200; B=150",
        ),
    ],
)
def test_a_value_is_written_as_openapi_shows_it(
    location: str, style: str, explode: bool, one: str, array: str, members: str
) -> None:
    how = {"style": style, "explode": explode}
    for schema, value, raw in (
        ({"type": "string"}, "blue", one),
        (ARRAY, COLORS, array),
        (RGB, COLOR, members),
    ):
        serialization = written(schema, location, **how)
        assert text(serialization, value) == raw
        assert read(serialization, *serialization.write(value)) == value


plain = st.text(max_size=8) | st.text(st.sampled_from(",;|.=&+% []a/"), max_size=5)
VALUES: list[tuple[dict[str, Any], st.SearchStrategy[Any]]] = [
    ({"type": "string"}, plain),
    ({"type": "integer"}, st.integers(-(2**70), 2**70)),
    ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False)),
    ({"type": "boolean"}, st.booleans()),
    (ARRAY, st.lists(plain, min_size=1, max_size=4)),
    ({"type": "array", "items": {"type": "integer"}}, st.lists(st.integers(), min_size=1)),
    (RGB, st.dictionaries(st.sampled_from("RGB"), st.integers(), min_size=1)),
    (FREE, st.dictionaries(st.text(max_size=4), plain, min_size=1, max_size=3)),
    (
        NESTED,
        st.fixed_dictionaries(
            {},
            optional={
                "ids": st.lists(st.integers(), min_size=1, max_size=3),
                "made": st.fixed_dictionaries({"gte": st.floats(0, 1e9)}),
                "open": st.booleans(),
            },
        ),
    ),
]


@pytest.mark.parametrize(("location", "style"), STYLES)
@settings(max_examples=50)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_value(
    location: str, style: str, data: st.DataObject
) -> None:
    schema, values = data.draw(st.sampled_from(VALUES))
    serialization = written(schema, location, style=style, explode=data.draw(st.booleans()))
    value = data.draw(values)
    try:
        pairs = serialization.write(value)
    except UnwritableError:
        return
    assert read(serialization, *pairs) == value


@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize(("location", "style"), STYLES)
@settings(max_examples=10)
@given(numbers=st.lists(st.integers(), min_size=1, max_size=4))
def test_every_style_can_write_numbers(
    location: str, style: str, explode: bool, numbers: list[int]
) -> None:
    for schema, value in (
        ({"type": "integer"}, numbers[0]),
        ({"type": "array", "items": {"type": "integer"}}, numbers),
        (RGB, dict(zip("RGB", numbers, strict=False))),
    ):
        serialization = written(schema, location, style=style, explode=explode)
        assert read(serialization, *serialization.write(value)) == value


@settings(max_examples=30)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
@pytest.mark.parametrize("location", ["query", "path", "header", "cookie"])
def test_content_of_json_is_written_as_one_text(location: str, value: Any) -> None:
    serialization = written({}, location, content={"application/json": {"schema": {}}})
    pairs = serialization.write(value)
    assert len(pairs) == 1
    assert read(serialization, *pairs) == value


@given(value=plain, reserved=st.booleans())
def test_every_text_can_be_written_into_a_query(value: str, reserved: bool) -> None:
    serialization = written({"type": "string"}, "query", allowReserved=reserved)
    assert read(serialization, *serialization.write(value)) == value


def test_reserved_characters_stay_where_the_contract_allows_it() -> None:
    reserved = written({"type": "string"}, "query", allowReserved=True)
    assert reserved.write("/a?b:c&d#e f") == (("color", "/a?b:c%26d%23e%20f"),)


@pytest.mark.parametrize(
    ("schema", "location", "how", "pairs", "value"),
    [
        (ARRAY, "query", {"explode": False}, [("color", "a%2Cb,c")], ["a,b", "c"]),
        (
            ARRAY,
            "query",
            {"style": "pipeDelimited", "explode": False},
            [("color", "a|b")],
            ["a", "b"],
        ),
        (
            ARRAY,
            "query",
            {"style": "spaceDelimited", "explode": False},
            [("color", "a+b")],
            ["a", "b"],
        ),
        (
            NESTED,
            "query",
            {"style": "deepObject"},
            [("color[ids][]", "1"), ("color[ids][]", "2")],
            {"ids": [1, 2]},
        ),
        (
            NESTED,
            "query",
            {"style": "deepObject"},
            [("color[ids]", "1"), ("color[ids]", "2")],
            {"ids": [1, 2]},
        ),
        (
            NESTED,
            "query",
            {"style": "deepObject"},
            [("color[made][gte]", "1")],
            {"made": {"gte": 1.0}},
        ),
        (NESTED, "query", {"style": "deepObject"}, [("color", "1")], "1"),
        (
            NESTED,
            "query",
            {"style": "deepObject"},
            [(f"color{'[a]' * 21}", "1")],
            ParameterFault.MALFORMED,
        ),
        (RGB, "query", {}, [("R", "1"), ("page", "7")], {"R": 1}),
        (RGB, "query", {}, [("page", "7")], None),
        (RGB, "query", {}, [("R", "1"), ("R", "2")], ParameterFault.AMBIGUOUS),
        (RGB, "query", {"explode": False}, [("color", "R,1,G")], ParameterFault.MALFORMED),
        (RGB, "path", {"style": "label"}, [("color", ".")], {}),
        (ARRAY, "header", {}, [("Color", "a , b"), ("color", "c")], ["a", "b", "c"]),
        (
            {"type": "string"},
            "path",
            {"style": "label"},
            [("color", "blue")],
            ParameterFault.MALFORMED,
        ),
        (
            {"type": "string"},
            "path",
            {"style": "matrix"},
            [("color", "blue")],
            ParameterFault.MALFORMED,
        ),
        ({"type": "string"}, "path", {"style": "matrix"}, [("color", ";size=1")], None),
        (
            {"type": "integer"},
            "query",
            {},
            [("color", "1"), ("color", "1")],
            ParameterFault.AMBIGUOUS,
        ),
    ],
)
def test_what_others_write_is_read(
    schema: dict[str, Any],
    location: str,
    how: dict[str, Any],
    pairs: list[tuple[str, str]],
    value: Any,
) -> None:
    assert read(written(schema, location, **how), *pairs) == value


@pytest.mark.parametrize(
    ("schema", "location", "value"),
    [
        (ARRAY, "header", ["a,b"]),
        ({"type": "string"}, "header", "line\nbreak"),
        ({"type": "string"}, "header", " blanks "),
        (ARRAY, "query", []),
        ({"type": "array", "items": ARRAY}, "query", [["a"], ["b"]]),
        ({"type": "string"}, "query", "\ud800"),
    ],
)
def test_what_would_be_read_as_another_value_is_not_written(
    schema: dict[str, Any], location: str, value: Any
) -> None:
    with pytest.raises(UnwritableError):
        written(schema, location).write(value)


def test_a_style_of_another_place_is_a_mistake_of_the_contract() -> None:
    with pytest.raises(ValueError, match="a path parameter has no style 'form'"):
        written(ARRAY, "path", style="form")


def test_an_array_in_one_text_has_a_bounded_number_of_elements() -> None:
    serialization = written(ARRAY, "query", explode=False)
    for number, fault in ((10_000, None), (10_001, ParameterFault.MALFORMED)):
        value = read(serialization, ("color", ",".join(["a"] * number)))
        assert value == (fault or ["a"] * number)
