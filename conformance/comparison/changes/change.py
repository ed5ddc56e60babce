"""A change between two contracts: its kind and effect, where it is, and its lines in both files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import join
from .kinds import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....spec.documents.pointers import Pointer
    from ....spec.model.operation import Operation
    from ..witnesses.witness import Witness

TEXT, UNREAD = "text.changed", "extension.changed"
"""The kinds of changes in words for people, and in extensions that are not read."""
_PARTS = {
    "parameter": "{name}",
    "body": "request body {name}",
    "bodyMedia": "request body {name}",
    "response": "response {status} {name}",
    "status": "response {status}",
    "media": "response {status} {name}",
    "header": "response {status}, header {name}",
    "security": "security",
    "requiredHeader": "request header {name}",
}


@dataclass(frozen=True, slots=True)
class Where:
    """What a change is about: an operation of the old and the new contract, and a part of it.

    `part` is one of those in messages, '' for the operation itself or, without an operation, the
    contract. `at` is the place in the values, with '0' for elements and '*' for other members.
    """

    old: Operation | None = None
    new: Operation | None = None
    part: str = ""
    name: str = ""
    status: str = ""
    at: Pointer = ()

    @property
    def operation(self) -> str:
        """The method and the path of the operation, '' if it is about the whole contract."""
        operation = self.old or self.new
        return operation.label if operation else ""

    def __str__(self) -> str:
        """Return it in words: 'GET /courses, response 200 /items/0/name'."""
        name = self.name
        if self.part == "parameter":
            location, _, own = name.partition(" ")
            name = f"{location} parameter {own}"
        part = _PARTS.get(self.part, "").format(name=name, status=self.status)
        words = " ".join([*part.split(), *filter(None, [join(self.at)])])
        return ", ".join(filter(None, [self.operation, words])) or "the contract"


@dataclass(frozen=True, slots=True)
class Location:
    """Where an element stands: the file, the line, and the JSON pointer."""

    file: str
    line: int
    pointer: str

    def __str__(self) -> str:
        """Return FILE:LINE."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    `direction` is 'request' or 'response'. `elsewhere` is where it is in other operations, as of a
    schema that they share. With `searched`, the search for a `witness` decides its effect.
    `sought` says whether a witness was looked for. `allowed` says why it is accepted, '' if it is
    not.
    """

    kind: str
    effect: Effect
    direction: str
    where: Where
    message: str
    old: Location
    new: Location
    elsewhere: tuple[Where, ...] = ()
    searched: bool = False
    witness: Witness | None = None
    sought: bool = False
    allowed: str = ""

    @property
    def others(self) -> tuple[str, ...]:
        """The other operations that it is about."""
        return tuple(where.operation for where in self.elsewhere)

    @property
    def is_counted(self) -> bool:
        """Whether it is only counted where people read it."""
        return self.kind in {TEXT, UNREAD}

    def to_json(self) -> dict[str, Any]:
        """Return the change as a JSON object."""
        return {
            "kind": self.kind,
            "effect": self.effect.value,
            "direction": self.direction,
            "operation": self.where.operation,
            "where": str(self.where),
            "message": self.message,
            "old": _location(self.old),
            "new": _location(self.new),
            "others": list(self.others),
            "allowed": self.allowed,
            "sought": self.sought,
            "witness": self.witness.as_data() if self.witness else None,
        }


def by_effect(changes: Iterable[Change]) -> list[Change]:
    """Return changes with the breaking ones first, and otherwise in their order."""
    order = list(Effect)
    return sorted(changes, key=lambda change: order.index(change.effect))


def _location(place: Location) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "pointer": place.pointer}
