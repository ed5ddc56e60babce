"""An item of a list as it is shown by the response of another operation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import get, lookup
from ..writing import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...spec.documents.pointers import Pointer


@dataclass(frozen=True, slots=True)
class Shown:
    """An item, its place in the body of a response, and why it is not stored, '' if it is.

    `members` are the names that the schema of the response has for it, None if it has no schema,
    and `hidden` those that the list would show, but that this item does not have. The other members
    of the body follow from `key`. `location` is the path at which it is shown, if it is new.
    """

    place: Pointer
    item: Mapping[str, Any]
    members: frozenset[str] | None
    hidden: frozenset[str]
    key: tuple[str, ...]
    unstored: str = ""
    location: str = ""

    def headers(self, declared: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield the headers of a response: a declared Location is that of the item."""
        for name, text in declared:
            is_location = name.lower() == "location" and self.location
            yield name, self.location if is_location else text
        if self.unstored:
            yield "Warning", f'299 - "nothing is stored: {self.unstored}"'

    def within(self, value: Any) -> Iterator[Any]:
        """Yield a body with the item at its place, the best one first."""
        inner = lookup(value, self.place)
        if isinstance(inner, dict):
            known = {
                name: own
                for name, own in self.item.items()
                if name in inner or self.members is None or name in self.members
            }
            kept = {name: own for name, own in inner.items() if name not in self.hidden}
            yield self._put(value, {**kept, **known})
            yield self._put(value, {**inner, **known})
        yield self._put(value, dict(self.item))

    def _put(self, value: Any, item: Mapping[str, Any]) -> Any:
        if not self.place:
            return item
        copied = json.loads(dumps(value))
        get(copied, self.place[:-1])[self.place[-1]] = item
        return copied
