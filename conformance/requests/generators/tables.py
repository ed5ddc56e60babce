"""Rows as JSON, CSV or SQL, to fill a database with.

A column is a member of the rows: its name is the JSON pointer with _ between the parts.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ....spec.model.lists import Nouns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ....spec.documents.pointers import Pointer
    from .sample import Sample

_TYPES = {bool: "BOOLEAN", int: "NUMERIC", float: "NUMERIC"}


def as_json(sample: Sample) -> str:
    """Return the rows as a JSON array."""
    return json.dumps(sample.rows, indent=2, ensure_ascii=False) + "\n"


def as_csv(sample: Sample) -> str:
    """Return the rows as CSV: texts in quotes, and nothing for null, as PostgreSQL reads it."""
    columns = _columns(sample.rows)
    lines = [columns, *([_in_csv(row.get(name)) for name in columns] for row in _flat(sample.rows))]
    return "".join(f"{','.join(line)}\r\n" for line in lines)


def as_sql(sample: Sample) -> str:
    """Return the rows as a table in standard SQL."""
    rows = list(_flat(sample.rows))
    columns = _columns(sample.rows)
    nouns = sample.operation.pagination.nouns if sample.operation.pagination else Nouns()
    table = _quoted(re.sub(r"\W+", "_", nouns.rows))
    types = ",\n".join(
        f"  {_quoted(name)} {_type([row.get(name) for row in rows])}" for name in columns
    )
    names = ", ".join(map(_quoted, columns))
    values = ",\n".join(
        f"  ({', '.join(_in_sql(row.get(name)) for name in columns)})" for row in rows
    )
    return f"CREATE TABLE {table} (\n{types}\n);\nINSERT INTO {table} ({names}) VALUES\n{values};\n"


FORMATS: Mapping[str, Callable[[Sample], str]] = {"json": as_json, "csv": as_csv, "sql": as_sql}
"""The functions by the name of their format."""


def _flat(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {"_".join(place) or "value": value for place, value in _leaves((), row)}


def _leaves(place: Pointer, value: Any) -> Iterator[tuple[Pointer, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves((*place, name), inner)
    else:
        yield place, value


def _columns(rows: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(name for row in _flat(rows) for name in row))


def _in_csv(value: Any) -> str:
    text = _text(value)
    if text is None:
        return ""
    return '"' + text.replace('"', '""') + '"' if not isinstance(value, int | float) else text


def _in_sql(value: Any) -> str:
    text = _text(value)
    if text is None:
        return "NULL"
    return "'" + text.replace("'", "''") + "'" if not isinstance(value, int | float) else text


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _type(values: Sequence[Any]) -> str:
    types = {_TYPES.get(type(value), "TEXT") for value in values if value is not None}
    return types.pop() if len(types) == 1 else "TEXT"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
