"""A document that is changed without changing the one that it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pointers import Pointer


class Draft:
    """A document to change: what is around a change is copied first, the rest is shared."""

    def __init__(self, document: Any) -> None:
        self.document = document
        # The copies are kept, so that no other object gets the id of one of them.
        self._own: dict[int, Any] = {}

    def around(self, place: Pointer) -> Any:
        """Return the object or the list that a place is in, to change it; raise LookupError."""
        node = self.document = self._copied(self.document)
        for part in place[:-1]:
            step = int(part) if isinstance(node, list) else part
            node[step] = inside = self._copied(node[step])
            node = inside
        return node

    def get(self, place: Pointer) -> Any:
        """Return the element at a place; raise LookupError if there is none."""
        node = self.document
        for part in place:
            node = node[int(part) if isinstance(node, list) else part]
        return node

    def put(self, place: Pointer, value: Any) -> None:
        """Write an element; raise LookupError if what it would be in is not there."""
        around = self.around(place)
        around[int(place[-1]) if isinstance(around, list) else place[-1]] = value

    def remove(self, place: Pointer) -> None:
        """Remove a member of an object; raise LookupError if it is not there."""
        del self.around(place)[place[-1]]

    def _copied(self, container: Any) -> Any:
        if id(container) in self._own or not isinstance(container, dict | list):
            return container
        copied = container.copy()
        self._own[id(copied)] = copied
        return copied
