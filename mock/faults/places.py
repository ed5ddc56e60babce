"""Places: where in the success of an operation something stands, by the requirement tied to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...spec.laws import LawBook
from ...spec.model import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ...spec.laws import Law
    from ...spec.model import Operation
    from ...spec.source import Pointer
    from ...spec.validation import Node

_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class RowLaw:
    """A law about a part of a row, which stands at `place` in it."""

    place: Pointer
    law: Law
    book: LawBook

    @property
    def field(self) -> Pointer:
        """The place in a row that the law is about."""
        return (*self.place, *self.law.field)

    def holds(self, row: Any) -> bool | None:
        """Whether the law holds for a row; None where it does not apply to it."""
        part = lookup(row, self.place)
        for _, breach in self.book.judge(part, {}, ()):
            return breach is None
        return None


class Places:
    """The places in the body of a success, and in its rows."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self.contract, self.operation = contract, operation
        answer = operation.success
        schema = answer.json.schema if answer and answer.json else None
        self._schema = schema
        paging = operation.pagination
        self._items: Pointer = (*paging.items, "*") if paging else ()
        found = [] if schema is None else list(self._walk((), schema.root, None, 0))
        self._all = tuple(found)

    def _walk(
        self, place: Pointer, node: Node, requirement: str | None, depth: int
    ) -> Iterator[tuple[Pointer, Node, str | None]]:
        """Give every place with its schema and the innermost requirement that it is tied to."""
        requirement = node.requirement or requirement
        yield place, node, requirement
        if depth >= _DEEPEST:
            return
        schemas = self.contract.schemas
        for name, member in node.members.items():
            yield from self._walk((*place, name), schemas.node(member), requirement, depth + 1)
        if node.element is not None:
            yield from self._walk((*place, "*"), schemas.node(node.element), requirement, depth + 1)

    def requirements(self) -> set[str]:
        """Give every requirement that a place, or a law about it, is tied to."""
        found = {own for _, _, own in self._all if own}
        for _, node, _ in self._all:
            for law in node.laws.laws if node.laws is not None else ():
                found |= {law.requirement} if law.requirement else set()
        return found

    def in_body(self, requirement: str, kind: str | None = None) -> list[Pointer]:
        """Give the places outside of rows that a requirement is about, the whole of it left out.

        `kind` is the type that the schema has there.
        """
        return [
            place
            for place, node, own in self._all
            if own == requirement
            and place
            and place[: len(self._items)] != self._items
            and kind in {None, node.schema.get("type")}
        ]

    def in_row(self, requirement: str, kind: str | None = None) -> list[Pointer]:
        """Give the places in a row that a requirement is about, the row itself left out."""
        start = len(self._items)
        return [
            place[start:]
            for place, node, own in self._all
            if own == requirement
            and place[:start] == self._items
            and len(place) > start
            and kind in {None, node.schema.get("type")}
        ]

    def laws(self, requirement: str) -> list[RowLaw]:
        """Give the laws about rows that are tied to a requirement."""
        start = len(self._items)
        return [
            RowLaw(place[start:], law, LawBook([law]))
            for place, node, _ in self._all
            if node.laws is not None and place[:start] == self._items
            for law in node.laws.laws
            if law.requirement == requirement
        ]

    def violations(self, row: Any) -> int:
        """Count what is wrong with a row."""
        node = next((node for place, node, _ in self._all if place == self._items), None)
        if node is None:
            return 0
        return len(self.contract.schemas.at(node.place).judge(row).violations)
