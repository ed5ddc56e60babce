"""What counts as served, and what the page says."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Load

PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    media = {"application/json": {"schema": PET}}
    responses = {
        "200": {"description": "d", "content": media},
        "404": {"description": "d", "content": media},
    }
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/pet": {"get": {"responses": responses}}},
    }
    found = tmp_path / "pet.json"
    found.write_text(json.dumps(document))
    return found


def measure(tool: Load, file: Path, status: int, body: object) -> Any:
    measuring = tool("measuring")
    found = measuring.described(file, "pet.json")
    answer = measuring.Answer(status, "application/json; charset=utf-8", json.dumps(body).encode())
    measuring.ask_all(file, found, lambda _: answer, 10)
    return found


@pytest.mark.parametrize(
    ("status", "counted", "kinds"),
    [
        (200, "served", []),
        (201, "served", ["status"]),
        (404, "refused", ["refused"]),
        (501, "announced", ["501"]),
        (500, "failed", ["5xx"]),
    ],
)
def test_an_operation_is_served_only_with_a_declared_success(
    tool: Load, file: Path, status: int, counted: str, kinds: list[str]
) -> None:
    found = measure(tool, file, status, {"name": "a"})
    assert getattr(found, counted) == 1
    assert [trouble.kind for trouble in found.trouble] == kinds


def test_a_body_is_judged_by_the_declared_schema(tool: Load, file: Path) -> None:
    assert measure(tool, file, 200, {"name": "a"}).valid == 1
    found = measure(tool, file, 200, {"name": 7})
    assert (found.bodies, found.valid) == (1, 0)
    assert "7 is not of type 'string'" in found.trouble[0].message


def test_an_operation_without_a_valid_request_is_not_asked(tool: Load, tmp_path: Path) -> None:
    never = {"allOf": [{"type": "string"}, {"type": "integer"}]}
    place = {"name": "q", "in": "query", "required": True, "schema": never}
    get = {"parameters": [place], "responses": {"200": {"description": "d"}}}
    file = tmp_path / "never.json"
    file.write_text(json.dumps({"openapi": "3.0.3", "paths": {"/a": {"get": get}}}))
    found = measure(tool, file, 200, {})
    assert (found.unasked, found.served, found.trouble[0].kind) == (1, 0, "no request")


def test_the_page_puts_both_servers_side_by_side(tool: Load, file: Path) -> None:
    stub = asdict(measure(tool, file, 200, {"name": "a"}))
    prism = asdict(measure(tool, file, 500, {}))
    check = {"exit": 0, "said": [], "failures": [], "seconds": 1.0}
    row = {"file": "oas-examples/3.0/json/pet.json", "stub": stub, "prism": prism, "check": check}
    lines = tool("page").text([row], "5.14.2", [row["file"], "other.json"]).splitlines()
    assert "| all | stub | 1 of 1 | 1 | 1 (100.0 %) | 0 | 0 | 0 | 0 | 1 of 1 | 1 of 1 |" in lines
    assert "|  | Prism | 1 of 1 | 1 | 0 (0.0 %) | 0 | 1 | 0 | 0 | 0 of 0 |  |" in lines
    assert lines[-1] == "- `other.json`"
