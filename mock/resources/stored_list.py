"""A list whose items can be shown, created, changed and deleted one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import get, lookup
from ..data.dataset import values_of
from ..data.rows import merged
from ..http.error_response import ErrorResponse
from ..lists.selections import MOST_SELECTED
from ..writing import dumps
from .store import Item, ListName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..data.dataset import Collection, Rows
    from ..lists.stub_list import StubList
    from .store import Key, Store

_KEPT = 16
"""The lists whose rows are kept by key, and those that are kept as they are now."""
_ROWS_TRIED = 3
_BAD, _NOT_KNOWN = 400, 501


class StoredList:
    """The items of one operation that lists them: the generated ones, and what the store has.

    An item with each of the `examples` of a key is in every list that has items.
    """

    def __init__(self, paged: StubList, store: Store, examples: Iterable[Key]) -> None:
        self.paged, self._store, self._examples = paged, store, tuple(dict.fromkeys(examples))
        self.members = {place[0] for place in paged.items.places if place}
        """The names of the members that the list shows."""
        self._bases: dict[Any, tuple[Collection, Mapping[Key, int]]] = {}
        self._now: dict[ListName, tuple[int, Collection, Rows]] = {}

    def now(self, name: ListName, whole: Collection) -> Rows:
        """Return the list with what is stored; a list that is too long for that as it is."""
        if whole.total > MOST_SELECTED:
            return whole
        base, rows = self._base(name, whole)
        changes = self._store.of(name)
        if changes is None:
            return base
        version, of, found = self._now.get(name, (-1, None, base))
        if version != self._store.version or of is not base:
            found = changes.applied(base, rows)
            _keep(self._now, name, (self._store.version, base, found))
        return found

    def find(self, name: ListName, whole: Collection, key: Key) -> Item | None:
        """Return the item with a key, None if there is none."""
        changes = self._store.of(name)
        if changes is not None and key in changes.items:
            return changes.items[key]
        base, rows = self._base(name, whole)
        row = rows.get(key)
        return None if row is None else Item(base.rows(row, 1)[0], {})

    def delete(self, name: ListName, whole: Collection, key: Key) -> str:
        """Remove an item; return why that is not stored, '' if it is."""
        _, rows = self._base(name, whole)
        if key in rows:
            return self._store.put(name, key, None)
        self._store.forget(name, key)
        return ""

    def made(
        self, name: ListName, whole: Collection, key: Key | None, sent: Mapping[str, Any]
    ) -> Any:
        """Return a new item with these members; raise ErrorResponse if there can be none."""
        changes = self._store.of(name)
        first = whole.total + (changes.made if changes else 0)
        for row in range(first, min(first + _ROWS_TRIED, whole.items.most)):
            for item in whole.items.alike(whole.keys, row):
                made = self.with_key(merged(item, sent), key)
                own = self.paged.pagination.key_of(made)
                if key is None and self.find(name, whole, own) is not None:
                    break  # a request chose the key before
                if self.accepts(made):
                    return made
        nouns = self.paged.pagination.nouns
        detail = f"the stub can make no {nouns.row} that has these members and conforms"
        raise ErrorResponse(_NOT_KNOWN, f"{nouns.row.capitalize()} cannot be made", detail)

    def changed(self, item: Item, sent: Mapping[str, Any], key: Key, *, whole: bool) -> Any:
        """Return an item with other members; `whole` says that they replace all of it if they can.

        Raises ErrorResponse if the list could not show it.
        """
        before = json.loads(item.row)
        if whole and self.accepts(own := self.with_key(dict(sent), key)):
            return own
        value = self.with_key(merged(before, sent), key)
        broken = self.paged.items.schema.judge(value).violations
        if broken:
            raise ErrorResponse(_BAD, "Body is not valid", f"with it, {broken[0]}")
        return value

    def accepts(self, item: Any) -> bool:
        """Whether an item conforms."""
        return self.paged.items.schema.accepts(item)

    def with_key(self, item: Any, key: Key | None) -> Any:
        """Return an item with a key."""
        place = self.paged.pagination.key
        holder = lookup(item, place[:-1])
        if key is None or not isinstance(holder, dict) or not place:
            return item
        copied = json.loads(dumps(item))
        get(copied, place[:-1])[place[-1]] = key
        return copied

    def _base(self, name: ListName, whole: Collection) -> tuple[Collection, Mapping[Key, int]]:
        """Return the generated list with the items of the examples, and the rows by key."""
        if whole.total > MOST_SELECTED:
            nouns = self.paged.pagination.nouns
            what = f"{nouns.list.capitalize()} is too long to be searched"
            detail = f"the stub searches at most {MOST_SELECTED} {nouns.rows}; it has {whole.total}"
            raise ErrorResponse(_NOT_KNOWN, what, detail)
        if whole.pinned is not None:
            return self._searched(whole)
        of = (name.names, whole.total, id(whole.items))
        found = self._bases.get(of)
        if found is None:
            found = self._searched(whole)
            _keep(self._bases, of, found)
        return found

    def _searched(self, whole: Collection) -> tuple[Collection, Mapping[Key, int]]:
        items = values_of(whole)
        keys = self.paged.pagination.keys_of(items)
        pinned = dict(whole.pinned or {})
        free = (row for row in range(whole.total) if row not in pinned)
        for example in self._examples:
            if example not in keys and (row := next(free, None)) is not None:
                item = self.with_key(items[row], example)
                if self.accepts(item):
                    pinned[row], keys[row] = dumps(item), example
        rows = {key: row for row, key in enumerate(keys)}
        return (replace(whole, pinned=pinned) if pinned else whole), rows


def _keep(kept: dict[Any, Any], name: Any, value: Any) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[name] = value
