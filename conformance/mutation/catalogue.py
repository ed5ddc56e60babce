"""The operators of mutants, and the classes: each operator at each place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.documents import files

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_name("operators.yaml")
_SCHEMA = Path(__file__).with_name("operators.schema.yaml")
SUCCESS, ERROR = "success", "error"
"""The parts of a class."""


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """An entry of operators.yaml; `at` is the part of a response if it is not for one value."""

    name: str
    does: str
    to: str
    at: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Class:
    """An operator at a place.

    `part` is 'success' or 'error'; `place` is a pointer with * for the index of a row, or names a
    part of the response. `requirement` is the one that the contract links to the place, or empty.
    """

    operation: str
    part: str
    place: str
    operator: Operator
    requirement: str


@cache
def catalogue() -> tuple[Operator, ...]:
    """Return the operators of operators.yaml."""
    value, _ = files.read(_FILE, _SCHEMA)
    return tuple(
        Operator(name, entry["does"], entry["to"], entry.get("at", ""), entry)
        for name, entry in value.items()
    )
