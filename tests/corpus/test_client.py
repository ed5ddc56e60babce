"""The client of the corpus writes requests without the package, so it is tested on its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Load

PATH = "/things/{id}"


def described(folder: Path, operation: dict[str, Any], path: str = PATH) -> Path:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {"get": {"responses": {"200": {"description": "d"}}} | operation}},
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "query", "name": "key"},
                "basic": {"type": "http", "scheme": "basic"},
            }
        },
    }
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    return file


def parameter(place: str, value: object, **more: object) -> dict[str, object]:
    schema = {"example": value}
    return {"name": "id", "in": place, "required": True, "schema": schema, **more}


@pytest.mark.parametrize(
    ("declared", "target"),
    [
        (parameter("path", "a b"), "/things/a%20b"),
        (parameter("path", [1, 2], style="label", explode=True), "/things/.1.2"),
        (parameter("path", {"r": 1, "g": 2}, style="matrix", explode=True), "/things/;r=1;g=2"),
        (parameter("path", [1, 2], style="matrix"), "/things/;id=1,2"),
        (parameter("query", [1, 2]), "/things/{id}?id=1&id=2"),
        (parameter("query", [1, 2], style="pipeDelimited", explode=False), "/things/{id}?id=1%7C2"),
        (parameter("query", {"r": 1}, style="deepObject"), "/things/{id}?id[r]=1"),
        (parameter("query", {"r": 1}, explode=False), "/things/{id}?id=r,1"),
        (parameter("query", 1, required=False), "/things/{id}"),
    ],
)
def test_a_parameter_is_written_in_its_style(
    tool: Load, tmp_path: Path, declared: dict[str, object], target: str
) -> None:
    (operation,) = tool("document").operations(described(tmp_path, {"parameters": [declared]}))
    assert tool("client").request(operation, "3.0.3").target == target


@pytest.mark.parametrize(
    ("scheme", "target", "headers"),
    [
        ("key", "/things?key=token", ()),
        ("basic", "/things", (("Authorization", "Basic dXNlcjp0b2tlbg=="),)),
    ],
)
def test_credentials_are_where_the_description_puts_them(
    tool: Load, tmp_path: Path, scheme: str, target: str, headers: tuple[object, ...]
) -> None:
    file = described(tmp_path, {"security": [{scheme: []}]}, "/things")
    sent = tool("client").request(*tool("document").operations(file), "3.0.3")
    assert (sent.target, sent.headers) == (target, headers)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4),
        ({"type": "string", "minLength": 3, "maxLength": 4}, "aaa"),
        ({"type": "array", "items": {"enum": ["x"]}, "minItems": 2}, ["x", "x"]),
        ({"required": ["a"], "properties": {"a": {"type": "boolean"}, "b": {}}}, {"a": True}),
        ({"oneOf": [{"type": "integer", "maximum": -1}, {"type": "boolean"}]}, -1),
        ({"allOf": [{"required": ["a"]}, {"properties": {"a": {"example": 7}}}]}, {"a": 7}),
        ({"example": "wrong", "type": "integer"}, 1),
    ],
)
def test_a_sample_is_the_plainest_valid_value(
    tool: Load, tmp_path: Path, schema: dict[str, object], value: object
) -> None:
    place = {"name": "id", "in": "query", "schema": schema}
    (operation,) = tool("document").operations(described(tmp_path, {"parameters": [place]}))
    assert tool("sampling").sample(operation.parameters[0] / "schema", "3.0.3") == value
