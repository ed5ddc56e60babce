"""The store: the items that requests created, changed and deleted, until it is emptied.

Lists are generated, and the store has only what differs from them. It is bounded: when it is full,
nothing more is stored, and the responses say so.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..data.dataset import Selection
from ..writing import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..data.dataset import Collection, Rows

MOST, MOST_BYTES = 1000, 4_000_000
"""How many items are stored, and how many bytes they may have in all."""
_OVERHEAD = 500
"""About how many bytes an item takes beside its JSON."""

Key: TypeAlias = str | int | float


class ListName(NamedTuple):
    """Which list an item belongs to: the id of the requests, the operation and its path values."""

    id: str
    operation: str
    names: tuple[str, ...]


class Item(NamedTuple):
    """An item as JSON, and the members that requests gave it and that the list does not show."""

    row: bytes
    more: Mapping[str, Any]

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return _OVERHEAD + len(self.row) + (len(dumps(self.more)) if self.more else 0)


@dataclass(slots=True)
class Changes:
    """What differs in one list: the items by key, None for those that were deleted.

    `made` counts the items that were ever created, so that no generated key is used twice.
    """

    items: dict[Key, Item | None] = field(default_factory=dict)
    made: int = 0

    def applied(self, whole: Collection, rows: Mapping[Key, int]) -> Rows:
        """Return the list as it is now; `rows` has the row of each key of the generated list."""
        pinned, deleted, total = dict(whole.pinned or {}), set(), whole.total
        for key, item in self.items.items():
            if item is None:
                deleted.add(rows[key])
            else:
                row = rows.get(key, total)
                total += row == total
                pinned[row] = item.row
        now = replace(whole, total=total, pinned=pinned)
        if not deleted:
            return now
        return Selection(now, array("L", [row for row in range(total) if row not in deleted]))


class Store:
    """The changes of all lists; with several `workers`, which would differ, it stays empty."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._lists: dict[ListName, Changes] = {}
        self._count = self._bytes = 0
        self.version = 0
        """How often something was stored or removed."""

    def __len__(self) -> int:
        """Count the items, those that were deleted included."""
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the changes of each list, as the control interface shows them."""
        for name, changes in self._lists.items():
            yield {
                "id": name.id,
                "operation": name.operation,
                "path": list(name.names),
                "stored": [key for key, item in changes.items.items() if item is not None],
                "deleted": [key for key, item in changes.items.items() if item is None],
            }

    def of(self, name: ListName) -> Changes | None:
        """Return the changes of a list, None if there are none."""
        return self._lists.get(name)

    def put(self, name: ListName, key: Key, item: Item | None, *, is_new: bool = False) -> str:
        """Store an item, None for one that was deleted; return why not, '' if it is stored."""
        if self._workers > 1:
            return f"each of the {self._workers} workers would have a store of its own"
        changes = self._lists.get(name, Changes())
        before = self._size(changes, key)
        count = self._count + (key not in changes.items)
        size = self._bytes - before + (item.size if item else _OVERHEAD)
        if count > MOST or size > MOST_BYTES:
            return "the store is full; DELETE /-/stored empties it"
        changes.items[key] = item
        changes.made += is_new
        self._lists[name] = changes
        self._count, self._bytes = count, size
        self.version += 1
        return ""

    def forget(self, name: ListName, key: Key) -> None:
        """Remove an item that was created."""
        changes = self._lists[name]
        self._bytes -= self._size(changes, key)
        self._count -= 1
        del changes.items[key]
        self.version += 1

    def clear(self, id: str | None = None) -> int:  # noqa: A002 - as in Prefer
        """Remove the items of the requests with an id, or else all; return how many there were."""
        before = self._count
        for name in [name for name in self._lists if id is None or name.id == id]:
            for key in list(self._lists[name].items):
                self.forget(name, key)
            del self._lists[name]
        return before - self._count

    @staticmethod
    def _size(changes: Changes, key: Key) -> int:
        if key not in changes.items:
            return 0
        item = changes.items[key]
        return _OVERHEAD if item is None else item.size
