"""Groups: which parts of an item have to be drawn together, and which may be combined freely.

Two parts belong together if a case of a record sets both, if one is made from the other, or if a
law reads both. Parts of different groups can be combined in any way, and the item stays valid:
that is what lets an item be put together from tables of parts that were each judged once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...spec.source import Pointer
    from ...spec.validation import Schemas
    from .makers import Maker, Root

_MOST = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of an item that are drawn together; `alone` if no law and no case says so."""

    leaves: tuple[Pointer, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How items are put together: codes by place, groups, and whether that keeps every law.

    Where `closed` is False a law reads a code or the request: every item has to be judged.
    """

    codes: tuple[Pointer, ...]
    groups: tuple[Group, ...]
    closed: bool


def plan(root: Root, schemas: Schemas, codes: Iterable[Pointer]) -> Plan:
    """Find the groups of an item's parts; `codes` are the places whose values are codes."""
    leaves = dict(root.leaves())
    coded = [place for place in leaves if place in set(codes)]
    links = _Links(leaves)
    closed = True
    for place, source in root.later:
        links.join([place, source])
    for at, maker in root.objects():
        for case in maker.cases:
            links.join([(*at, *p) for p in (*case.fixed, *case.drawn)])
        for owner in maker.places:
            book = schemas.node(owner).laws
            for law in book.laws if book else ():
                closed = closed and not law.asks
                touched = links.join([(*at, *p) for p in (*law.reads, *law.counts)])
                closed = closed and not any(place in touched for place in coded)
    found = list(links.groups(set(coded)))
    while len(found) > _MOST:  # a group costs something in every item; more variety is not needed
        last = found.pop()
        found[-1] = Group(found[-1].leaves + last.leaves, alone=False)
    return Plan(tuple(coded), tuple(found), closed)


class _Links:
    """Leaves joined to groups."""

    def __init__(self, leaves: Iterable[Pointer] | dict[Pointer, Maker]) -> None:
        self._group = {leaf: number for number, leaf in enumerate(leaves)}
        self._joined: set[int] = set()

    def join(self, places: Iterable[Pointer]) -> list[Pointer]:
        """Join all leaves at, below or around these places, and give them."""
        wanted = list(places)
        touched = [leaf for leaf in self._group if any(_overlap(leaf, place) for place in wanted)]
        if touched:
            numbers = {self._group[leaf] for leaf in touched}
            first = min(numbers)
            self._joined.add(first)
            for leaf, number in self._group.items():
                if number in numbers:
                    self._group[leaf] = first
        return touched

    def groups(self, without: set[Pointer]) -> Iterator[Group]:
        """Give the groups in the order of their first leaves."""
        for number in dict.fromkeys(self._group.values()):
            leaves = tuple(
                leaf for leaf, own in self._group.items() if own == number and leaf not in without
            )
            if leaves:
                yield Group(leaves, number not in self._joined)


def _overlap(one: Pointer, other: Pointer) -> bool:
    return one[: len(other)] == other[: len(one)]
