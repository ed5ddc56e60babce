"""Groups: the elements of a body that one schema describes, which laws judge together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from .violations import Violation

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer
    from ..laws.laws import LawBook
    from .schemas import Node

_MOST_BROKEN = 1_000
"""How many violations of one law are reported."""


class Group:
    """Elements of a body that one schema describes; `name` is the member of `around` they are."""

    def __init__(
        self, node: Node, elements: list[Any], around: Group | None = None, name: str | None = None
    ) -> None:
        self.node, self.elements = node, elements
        self._around, self._name = around, name

    @cached_property
    def places(self) -> list[Pointer]:
        """The place of each element in the body, computed only if there is something to report."""
        around, name = self._around, self._name
        if around is None:
            return [()]
        if around.elements is self.elements:
            return around.places
        beside = zip(around.places, around.elements, strict=True)
        if name is not None:
            return [
                (*place, name) for place, each in beside if isinstance(each, dict) and name in each
            ]
        return [
            (*place, str(index))
            for place, each in beside
            if isinstance(each, list)
            for index in range(len(each))
        ]

    def breaches(
        self, laws: LawBook, request: Mapping[str, Any], wrong: list[Pointer], judged: Counter[str]
    ) -> Iterator[Violation]:
        """Judge the elements by laws, and count in `judged` how often each requirement applied."""
        below = self._below(wrong) if wrong else None
        for law, held, broken in laws.judge(self.elements, request, below):
            if law.requirement is not None:
                judged[law.requirement] += held + len(broken)
            for index in broken[:_MOST_BROKEN]:
                place = (*self.places[index], *law.field)
                shown = law.explain(self.elements[index], request)
                yield Violation(law.requirement, place, law.message, shown, law=True)

    def _below(self, wrong: list[Pointer]) -> dict[int, list[Pointer]]:
        """Return those of some places that are in an element, by its index, as seen from it."""
        found: dict[int, list[Pointer]] = {}
        indexes = {place: index for index, place in enumerate(self.places)}
        for place in wrong:
            for length in range(len(place) + 1):
                index = indexes.get(place[:length])
                if index is not None:
                    found.setdefault(index, []).append(place[length:])
        return found
