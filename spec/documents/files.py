"""Reads YAML files and validates them with a JSON schema: scenarios, faults, waivers, registers.

A schema's `title` is what messages call a value ("a row, counted from 0"), and its `description` is
the advice they end with. Without a title, its keywords are put into words.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from ..describing import actual, describe, joined
from .pointers import get
from .problems import SourceError
from .source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .pointers import Pointer


def read(path: Path, schema: Path) -> tuple[Any, Source]:
    """Return the value of a file and its source, which knows the line of each element.

    `schema` is the file of a JSON schema (2020-12). Raises SourceError with every mistake.
    """
    source = Source.read(path)
    return checked(source, schema), source


def checked(source: Source, schema: Path, optional: tuple[str, ...] = ()) -> Any:
    """Return the value of a source; raise SourceError as `read` does.

    The `optional` members may be missing, though the schema requires them.
    """
    mistakes_ = mistakes(source.value, schema, optional)
    found = [source.problem(*mistake) for mistake in mistakes_]
    if found:
        raise SourceError(sorted(found, key=lambda problem: problem.line))
    return source.value


def mistakes(
    value: Any, schema: Path, optional: tuple[str, ...] = ()
) -> Iterator[tuple[Pointer, str, str]]:
    """Yield each mistake in a value: its place, what is wrong, and what is right or ''."""
    meaning, validator = _compiled(schema, optional)
    for error in validator.iter_errors(value):
        kind: Any = error.kind  # each kind has members of its own
        place = tuple(map(str, error.instance_path))
        parts = [str(part) for part in error.schema_path]
        if kind.name == "propertyNames":
            names = get(meaning, tuple(parts[: parts.index("propertyNames") + 1]))
            name = str(kind.error.instance)
            yield (*place, name), f"{actual(name)} is not {_expected(names)}", _advice(names)
            continue
        rule = get(meaning, tuple(parts[:-1]))
        if kind.name == "additionalProperties":
            for name in kind.unexpected:
                yield (*place, name), f"unknown member {name!r}", _nearest(name, rule)
        elif kind.name == "required":
            yield place, f"the member {kind.property} is missing", _members(rule)
        else:
            advice = _advice(rule)
            if rule.get("type") == "string" and isinstance(error.instance, int | float):
                advice = advice or "Put it in quotes"
            what = f"{_called(place)} is {actual(error.instance)}; expected {_expected(rule)}"
            yield place, what, advice


@cache
def _compiled(
    schema: Path, optional: tuple[str, ...]
) -> tuple[Any, jsonschema_rs.Draft202012Validator]:
    meaning = Source.read(schema).value
    if optional:
        meaning["required"] = [name for name in meaning["required"] if name not in optional]
    return meaning, jsonschema_rs.Draft202012Validator(meaning, validate_formats=True)


def _expected(schema: dict[str, Any]) -> str:
    return str(schema.get("title") or describe(schema))


def _advice(schema: dict[str, Any]) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _members(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    optional = [name for name in schema.get("properties", ()) if name not in required]
    told = [f"Required: {joined(required, 'and')}"] if required else []
    return "; ".join([*told, *([f"optional: {joined(optional, 'and')}"] if optional else [])])


def _nearest(name: str, schema: dict[str, Any]) -> str:
    near = get_close_matches(name, schema.get("properties", ()), 1)
    return f"Did you mean {near[0]}? {_members(schema)}" if near else _members(schema)


def _called(place: Pointer) -> str:
    if not place:
        return "the file"
    return f"entry {place[-1]}" if place[-1].isdecimal() else place[-1]
