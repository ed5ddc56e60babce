"""Selections: what the filters and searches of a request leave of a list, in which order."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from ...spec.model.selecting import in_order
from ..data.dataset import Selection, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.model.operation import Operation
    from ..data.dataset import Rows

MOST_SELECTED = 20_000
"""How many items a list may have to be filtered or sorted: every one of them is looked at."""
_KEPT = 64
_LONGEST_KEPT = 200
"""Characters of the values of a request that a selection is kept for."""


class Selections:
    """What requests for one operation select, each computed once for a while."""

    def __init__(self, operation: Operation) -> None:
        self._selectors, self._sorting = operation.selectors, operation.sorting
        self._names = tuple(operation.selecting)
        self._known: dict[Any, tuple[Rows, Selection]] = {}

    def wanted(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a request that select or sort, with their values."""
        return {name: request[name] for name in self._names if request.get(name) is not None}

    def of(self, whole: Rows, names: tuple[str, ...], request: Mapping[str, Any]) -> Rows | None:
        """Return what a request selects of the list that `names` stand for.

        None if the list has more than MOST_SELECTED items.
        """
        wanted = self.wanted(request) if self._names else None
        if not wanted:
            return whole
        if whole.total > MOST_SELECTED:
            return None
        key = (names, repr(wanted))
        of, found = self._known.get(key, (None, None))
        if found is None or of != whole:
            found = self._selection(whole, wanted)
            if len(self._known) >= _KEPT:
                self._known.clear()
            if len(key[1]) <= _LONGEST_KEPT:
                self._known[key] = (whole, found)
        return found

    def _selection(self, whole: Rows, wanted: Mapping[str, Any]) -> Selection:
        items = values_of(whole)
        chosen = [
            (each, wanted[each.parameter]) for each in self._selectors if each.parameter in wanted
        ]
        indexes = [
            index
            for index, item in enumerate(items)
            if all(selector.selects(item, value) for selector, value in chosen)
        ]
        members = self._sorting.wanted(wanted) if self._sorting is not None else ()
        if members:
            ordered = in_order([items[index] for index in indexes], members)
            indexes = [indexes[position] for position in ordered]
        return Selection(whole, array("H", indexes))
