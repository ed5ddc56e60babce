"""A large value is judged by its beginning, and nothing is wrong only because of that."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ruangkerja.spec.schemas.schemas import Schemas

ROW = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
DOCUMENT = {
    "rows": {"type": "array", "items": ROW, "minItems": 30_000},
    "either": {"anyOf": [{"type": "array", "items": ROW, "minItems": 30_000}, {"type": "string"}]},
    "few": {"type": "array", "maxItems": 10},
    "map": {"type": "object", "required": ["z"], "additionalProperties": {"type": "integer"}},
}


def found(name: str, value: Any, **more: Any) -> list[str]:
    begun = time.thread_time()
    violations = Schemas(DOCUMENT).at((name,)).judge(value, **more).violations
    assert time.thread_time() - begun < 2
    return [violation.pointer for violation in violations]


@pytest.mark.parametrize("name", ["rows", "either"])
def test_a_value_that_is_right_stays_right(name: str) -> None:
    assert found(name, [{"a": 1}] * 100_000) == []


def test_the_first_of_many_violations_are_found() -> None:
    assert found("rows", [{}] * 200_000, most=100)[:2] == ["/0/a", "/1/a"]
    assert len(found("rows", [{}] * 200_000, most=100)) < 100


def test_a_violation_far_behind_is_found() -> None:
    rows = [*[{"a": 1}] * 50_000, {"a": "x"}, {}]
    assert found("rows", rows, most=100) == ["/50000/a"]
    assert found("either", rows, most=100) == [""]
    assert found("rows", rows) == ["/50000/a"]


def test_what_is_missing_only_in_the_beginning_is_not_missing() -> None:
    assert found("map", {**{f"m{n}": n for n in range(50_000)}, "z": "x"}, most=100) == ["/z"]
    assert found("few", [1] * 50_000, most=100) == [""]
