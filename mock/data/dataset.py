"""The collections of a list: which items each of them has, and how many.

Everything follows from the seed, the operation and the path parameters; nothing is stored.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from .keystream import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .rows import Items

_TWO = struct.Struct(">II")
FEWEST, MOST = 12, 480
"""The bounds of the number of items, if no scenario sets it."""


@dataclass(slots=True)
class Collection:
    """The items of one collection; `pinned` are those that a scenario gives in full, by row."""

    items: Items
    keys: bytes
    total: int
    pinned: Mapping[int, bytes] | None = None

    def rows(self, start: int, count: int) -> tuple[bytes, int]:
        """Return the items of a page as JSON with commas between them, and their number."""
        count = min(count, self.total - start)
        if count <= 0:
            return b"", 0
        if not self.pinned:
            return self.items.rows(self.keys, start, count), count
        end = start + count
        ours = sorted(index for index in self.pinned if start <= index < end)
        parts, at = [], start
        for index in (*ours, end):
            if index > at:
                parts.append(self.items.rows(self.keys, at, index - at))
            if index < end:
                parts.append(self.pinned[index])
            at = index + 1
        return b",".join(parts), count


class Selection:
    """Those items of a collection that a filter lets through, in their order."""

    def __init__(self, collection: Rows, indexes: Sequence[int]) -> None:
        self.items: Items = collection.items
        self.total = len(indexes)
        self._collection, self._indexes = collection, indexes

    def rows(self, start: int, count: int) -> tuple[bytes, int]:
        """Return the items of a page as JSON with commas between, and how many they are."""
        chosen = self._indexes[start : start + count]
        return b",".join([self._collection.rows(index, 1)[0] for index in chosen]), len(chosen)


Rows: TypeAlias = Collection | Selection


def values_of(rows: Rows, most: int | None = None) -> list[Any]:
    """Return the items of a list as values: the first ones with `most`, or else all."""
    data, _ = rows.rows(0, rows.total if most is None else most)
    found: list[Any] = json.loads(b"[%b]" % data)
    return found


class Collections:
    """All collections of one operation."""

    def __init__(self, items: Items, seed: bytes) -> None:
        self._items, self._seed = items, digest(seed, "collection")
        most = min(MOST, items.capacity or MOST)
        self._fewest = min(FEWEST, most)
        self._spread = most - self._fewest + 1

    def named(
        self,
        names: tuple[str, ...],
        items: Items | None = None,
        total: int | None = None,
        pinned: Mapping[int, bytes] | None = None,
    ) -> Collection:
        """Return the collection for values of path parameters; a scenario gives the rest."""
        key = blake2b(self._seed + ascii(names).encode()).digest()
        if total is None:
            # The smaller one of two draws: most lists are short, and some are long.
            one, other = _TWO.unpack_from(key, 56)
            total = self._fewest + min(one % self._spread, other % self._spread)
        items = items or self._items
        return Collection(items, items.keys(key), total, pinned)
