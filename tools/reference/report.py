"""The page about report.json, generated from its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruangkerja.conformance.report import as_json

from .markdown import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA = Path(as_json.__file__).with_name("report.schema.json")

INTRODUCTION = """\
The report for programs, in the folder of `--report-dir`. Its JSON Schema is
`conformance/report/report.schema.json`.
"""


def page() -> str:
    """Return the page."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    rows = table(("Field", "Value", "Meaning"), _members("", schema))
    return f"# report.json\n\n{INTRODUCTION}\n{schema['description']}\n\n{rows}"


def _members(place: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the fields of an object and of the objects in it, with their paths."""
    for name, member in schema.get("properties", {}).items():
        at = f"{place}{name}"
        yield code(at), _value(member), member["description"]
        for inner in (member, *member.get("anyOf", ())):
            yield from _members(f"{at}.", inner)
            yield from _members(f"{at}[].", inner.get("items", {}))


def _value(schema: Mapping[str, Any]) -> str:
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(map(_value, schema["anyOf"]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = " or ".join("`null`" if kind == "null" else kind for kind in kinds)
    return f"{words} ({schema['format']})" if "format" in schema else words
