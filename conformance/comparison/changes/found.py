"""Differences with what they are about, from which changes are made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ....spec.documents.pointers import get
from ....spec.schemas.writer import Direction
from .kinds import table
from .schemas import Difference, kind_of_member

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from .change import Where
    from .schemas import SchemaComparison, SchemaPair


class Found(NamedTuple):
    """A difference, what it is about, and whether that is sent or received."""

    difference: Difference
    where: Where
    direction: Direction


class Both(NamedTuple):
    """The two contracts, and what compares their schemas."""

    old: Contract
    new: Contract
    schemas: SchemaComparison

    def raw(self, old: Pointer, new: Pointer) -> tuple[Any, Any]:
        """Return the elements at a place in each contract."""
        return get(self.old.document, old), get(self.new.document, new)


class Element(NamedTuple):
    """An element that stands in both contracts, or in one: then the other place is around it."""

    where: Where
    old: Pointer
    new: Pointer
    direction: Direction = Direction.REQUEST

    def found(self, kind: str, name: str = "", old: str = "", new: str = "") -> Found:
        """Return a difference of the element as a whole."""
        return Found(
            Difference(kind, name, old, new, self.old, self.new, ()), self.where, self.direction
        )

    def member(self, kind: str, name: str, old: Any = "", new: Any = "") -> Found:
        """Return a difference of a member of the element."""
        was, now = (value if isinstance(value, str) else json.dumps(value) for value in (old, new))
        places = (*self.old, name), (*self.new, name)
        return Found(Difference(kind, name, was, now, *places, ()), self.where, self.direction)


def schemas(at: Element, both: Both, pair: SchemaPair, *, is_text: bool = False) -> Iterator[Found]:
    """Yield what changed in the schema of an element, whose values may be sent as texts."""
    for each in both.schemas.differences(pair, at.direction, is_text=is_text):
        yield Found(each, at.where, at.direction)


def others(element: Element, both: Both, known: Container[str]) -> Iterator[Found]:
    """Yield what changed in members that are only compared as a whole: texts and extensions."""
    was, now = both.raw(element.old, element.new)
    for name in {**was, **now}:
        kind = None if name in known else kind_of_member(name)
        if kind is not None and was.get(name) != now.get(name):
            yield element.member(kind, name)


def members(
    prefix: str, element: Element, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Found]:
    """Yield what changed in an extension that is an object."""
    if old is None or new is None:
        if old is not new:
            yield element.found(f"{prefix}.{'added' if old is None else 'removed'}")
        return
    for name in {**old, **new}:
        was, now = old.get(name), new.get(name)
        choice = table().choices.get(name)
        if choice is not None:
            was, now = was or choice.default, now or choice.default
        if was == now or name in {"x-requirement", "nouns"}:
            continue
        own = f"{prefix}.{name}"
        kind, inside = own if own in table().kinds else f"{prefix}.changed", element
        if choice is not None:
            less, more = (choice.lets.get(str(value), frozenset()) for value in (was, now))
            if less < more or more < less:
                kind = f"{prefix}.{'widened' if less < more else 'narrowed'}"
            inside = element._replace(direction=choice.direction)
        words = ["nothing" if each is None else each for each in (was, now)]
        yield inside.member(kind, name, *words)
