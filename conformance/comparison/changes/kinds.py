"""The kinds of changes: what each means for clients, read from `kinds.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....spec.documents import files
from ....spec.schemas.writer import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE = Path(__file__).with_name("kinds.yaml")
_SCHEMA = Path(__file__).with_name("kinds.schema.yaml")


class Effect(StrEnum):
    """What a change means for clients."""

    BREAKING = "breaking"
    """A client that keeps the old contract can fail."""
    UNKNOWN = "unknown"
    """Nothing here decides it."""
    SAFE = "safe"
    """A client that keeps the old contract works as before."""


_EFFECTS = {
    "narrower": (Effect.BREAKING, Effect.SAFE),
    "wider": (Effect.SAFE, Effect.BREAKING),
    "other": (Effect.BREAKING, Effect.BREAKING),
    "undecided": (Effect.UNKNOWN, Effect.UNKNOWN),
    "perhapsNarrower": (Effect.UNKNOWN, Effect.SAFE),
    "perhapsWider": (Effect.SAFE, Effect.UNKNOWN),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change.

    With `searched`, a search for an exchange that only one of the contracts admits can decide its
    effect. `text` says what changed, with {name}, {old} and {new}.
    """

    id: str
    text: str
    request: Effect
    response: Effect
    searched: bool = False

    def effect(self, direction: Direction) -> Effect:
        """Return what it means for clients that send, or receive, what changed."""
        return self.request if direction is Direction.REQUEST else self.response


@dataclass(frozen=True, slots=True)
class Choice:
    """A member with a choice: what each value lets a server do, and in which direction."""

    direction: Direction
    default: str
    lets: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """All kinds by id, and how keywords, formats and choices are compared.

    `behaviors` begin the kinds that only whole exchanges show.
    """

    kinds: Mapping[str, Kind]
    keywords: Mapping[str, str]
    formats: Mapping[str, frozenset[str]]
    choices: Mapping[str, Choice]
    behaviors: frozenset[str]
    people: frozenset[str]


@cache
def table() -> Table:
    """Return the table."""
    value, _ = files.read(_TABLE, _SCHEMA)
    kinds = {id_: _kind(id_, row) for id_, row in value["kinds"].items()}
    for keyword, comparison in value["keywords"].items():
        for event, relation in value["comparisons"][comparison].items():
            id_, text = f"{keyword}.{event}", value["texts"][event]
            kinds[id_] = _kind(id_, {"relation": relation, "text": text})
    return Table(
        kinds,
        value["keywords"],
        {name: frozenset(others) for name, others in value["formats"].items()},
        {name: _choice(row) for name, row in value["choices"].items()},
        frozenset(value["behaviors"]),
        frozenset(value["people"]),
    )


def _kind(id_: str, row: Mapping[str, Any]) -> Kind:
    if "relation" in row:
        request, response = _EFFECTS[row["relation"]]
    else:
        request, response = (
            Effect(row.get(way, row.get("effect"))) for way in ("request", "response")
        )
    is_open = "relation" in row and Effect.UNKNOWN in {request, response}
    searched = row.get("searched", is_open)
    return Kind(id_, row["text"], request, response, searched)


def _choice(row: Mapping[str, Any]) -> Choice:
    lets = {name: frozenset(what) for name, what in row.items() if isinstance(what, list)}
    return Choice(Direction[row["direction"].upper()], row["default"], lets)
