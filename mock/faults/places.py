"""Places: where in a response something is, by its role or by the requirement tied to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.documents.pointers import lookup
from ...spec.schemas.members import members_of_rows, row_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.laws.laws import Law
    from ...spec.model.operation import Operation
    from ...spec.schemas.schemas import Node

    _Tied: TypeAlias = tuple[Pointer, Node, str | None]

ANY = "*"
"""The step of a place to every element of an array."""
_DEEPEST = 12
_MOST = 10_000
"""Places of a schema; one that holds itself several times is walked less deep."""
# Roles of x-pagination and of x-error-code, by their names in a catalogue.
_IN_ENVELOPE = {
    "items": "items",
    "total": "total_items",
    "pages": "total_pages",
    "current page": "current_page",
}
# The first member of a row with x-stable.
_STABLE = "stable"
_IN_ERROR = {"error message": "message", "error number": "number", "error detail": "detail"}
ROLES = {
    "key": ("row", "key"),
    "stable member": ("row", _STABLE),
    **{name: ("envelope", role) for name, role in _IN_ENVELOPE.items()},
    **{name: ("error", role) for name, role in _IN_ERROR.items()},
}
"""The part of a response, and the member of Pagination or ErrorForm, by the name of a role."""
_ORDINALS = ("first", "second", "third", "fourth")
_TYPES = "string|number|integer|boolean|object|array"
_NTH = re.compile(rf"({'|'.join(_ORDINALS)}) ({_TYPES}) of (\S+)")
_FREE = {"enum", "format", "pattern"}


def _is_text(node: Node) -> bool:
    return node.schema.get("type") == "string"


KINDS: dict[str, Callable[[Node], bool]] = {
    "each object": lambda node: bool(node.members or node.also),
    "each nullable value": lambda node: node.schema.get("nullable") is True,
    "each number": lambda node: node.schema.get("type") in {"number", "integer"},
    "each fraction": lambda node: node.schema.get("type") == "number",
    "each time": lambda node: _is_text(node) and node.schema.get("format") == "date-time",
    "each personal text": lambda node: _is_text(node) and node.personal,
    "each free text": lambda node: (
        _is_text(node) and not (node.personal or _FREE & set(node.schema))
    ),
}
"""The kinds of values that a location can have: every one of a kind, wherever it is."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a change applies.

    `part` is 'error', 'envelope' or 'row', or '' if the contract decides between them. With a
    `kind`, it is every place of that kind but the key. Without a `role`, it is the place of a
    `requirement`: of all places with the schema `type` that are tied to it, the one numbered `nth`
    from 0.
    """

    part: str = ""
    role: str = ""
    requirement: str = ""
    type: str | None = None
    nth: int = 0
    kind: str = ""

    @classmethod
    def of(cls, text: str) -> Location:
        """Read a role, a kind, a requirement id, or a phrase such as `second string of ID`."""
        if text in ROLES:
            return cls(*ROLES[text])
        if text in KINDS:
            return cls(kind=text)
        found = _NTH.fullmatch(text)
        if found is None:
            return cls(requirement=text)
        nth = _ORDINALS.index(found[1])
        return cls(requirement=found[3], type=found[2], nth=nth)

    def within(self, places: Places) -> tuple[str, Pointer | None]:
        """Return the part of the response, and the place in it or None."""
        if self.role == _STABLE:
            members = members_of_rows(places.operation, places.contract.schemas)
            return self.part, next((each.place for each in members if each.is_stable), None)
        if self.role:
            owner = places.contract.error if self.part == "error" else places.operation.pagination
            return self.part, getattr(owner, self.role, None)
        found = places.of(self.requirement, self.type)
        return found[self.nth] if len(found) > self.nth else ("", None)

    def each_within(self, places: Places) -> list[tuple[str, Pointer]]:
        """Return the part of the response and the place in it, or several of them for a kind."""
        if self.kind:
            return places.of_kind(self.kind)
        part, place = self.within(places)
        return [] if place is None else [(part, place)]


@dataclass(frozen=True, slots=True)
class RowLaw:
    """A law about a part of a row, which is at `place` in it."""

    place: Pointer
    law: Law

    @property
    def field(self) -> Pointer:
        """The place in a row that the law is about."""
        return (*self.place, *self.law.field)

    def holds(self, row: Any) -> bool | None:
        """Whether the law holds for a row, or None if it does not apply to it."""
        part = lookup(row, self.place)
        return self.law.holds(part, {})


class Places:
    """The places in the body of a success of an operation, and in its rows."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self.contract, self.operation = contract, operation
        schema, paging = operation.schema, operation.pagination
        self._items: Pointer = (*paging.items, ANY) if paging else ()
        self._all = () if schema is None else self._below(schema.root)

    def _below(self, root: Node) -> Sequence[_Tied]:
        """Return the places of a schema, as deep as there are not too many."""
        found: list[_Tied] = []
        for deepest in range(_DEEPEST, 0, -1):
            found = list(islice(self._walk((), root, None, deepest), _MOST))
            if len(found) < _MOST:
                break
        return found

    def _walk(
        self, place: Pointer, node: Node, requirement: str | None, deepest: int
    ) -> Iterator[_Tied]:
        """Yield the places, each with its schema and the innermost requirement it is tied to."""
        requirement = node.requirement or requirement
        yield place, node, requirement
        if not deepest:
            return
        below = {**node.members, **({ANY: node.element} if node.element is not None else {})}
        for branch in self.contract.schemas.branches(node, "allOf"):
            below |= branch.members
        for name, member in below.items():
            child = self.contract.schemas.node(member)
            yield from self._walk((*place, name), child, requirement, deepest - 1)

    def requirements(self) -> set[str]:
        """Return every requirement that a place, or a law about it, is tied to."""
        found = {own for _, _, own in self._all if own}
        for _, node, _ in self._all:
            for law in node.laws.laws if node.laws is not None else ():
                found |= {law.requirement} if law.requirement else set()
        return found

    def of(self, requirement: str, type_: str | None = None) -> list[tuple[str, Pointer]]:
        """Return the places that a requirement is about, those in rows before all others.

        Each is 'row' with a place in a row, or 'envelope' with one in the body. `type_` is the type
        that the schema has there. The body and the row as a whole are left out.
        """
        start = len(self._items)
        tied = [
            place
            for place, node, own in self._all
            if own == requirement and type_ in {None, node.schema.get("type")}
        ]
        rows = [place for place in tied if place[:start] == self._items]
        return [
            *(("row", place[start:]) for place in rows if len(place) > start),
            *(("envelope", place) for place in tied if place and place not in rows),
        ]

    def of_kind(self, kind: str) -> list[tuple[str, Pointer]]:
        """Return the places of a kind, but the key of the rows: see KINDS.

        Each is 'row' with a place in a row, or 'body' or 'error' with one in the body of a success
        or of an error. A place has `*` for every element of an array.
        """
        start, paging = len(self._items), self.operation.pagination
        row = self._items if paging else None
        key = (*self._items, *paging.key) if paging else None
        of_kind = KINDS[kind]
        found: list[tuple[str, Pointer]] = []
        for place, node, _ in self._all:
            if of_kind(node) and place != key:
                in_row = row is not None and place[:start] == row
                found.append(("row", place[start:]) if in_row else ("body", place))
        error = self.contract.error
        if error is not None:
            below = self._below(error.schema.root)
            found += [("error", place) for place, node, _ in below if of_kind(node)]
        return found

    def laws(self, requirement: str) -> list[RowLaw]:
        """Return the laws about rows that are tied to a requirement."""
        start = len(self._items)
        return [
            RowLaw(place[start:], law)
            for place, node, _ in self._all
            if node.laws is not None and place[:start] == self._items
            for law in node.laws.laws
            if law.requirement == requirement
        ]

    def violations(self, row: Any) -> int:
        """Return how many violations a row has."""
        node, schemas = row_of(self.operation, self.contract.schemas), self.contract.schemas
        return len(schemas.at(node.place).judge(row).violations) if node else 0
