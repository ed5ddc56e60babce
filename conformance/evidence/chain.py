"""Chains: the pages of a list that lead to each other by cursors, put together from exchanges."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .walk import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...spec.model.lists import CursorPagination
    from ...spec.model.operation import Operation
    from ..records.record import Record
    from .walk import ListId


@dataclass
class Chain:
    """What was read of one list from its first page on, each page by the cursor of the one before.

    `again` is the page whose cursor for the next one leads back to a page that was read before.
    """

    operation: Operation
    collection: tuple[tuple[str, str], ...]
    size: int | None
    records: list[Record] = field(default_factory=list)
    is_complete: bool = False
    again: Record | None = None
    session: int = 0

    @property
    def list_id(self) -> ListId:
        """Which list it is."""
        return self.operation.id, self.collection

    @property
    def paging(self) -> CursorPagination:
        """How the operation pages."""
        if self.operation.cursors is None:
            raise ValueError(f"{self.operation.id} has no cursors")
        return self.operation.cursors

    @property
    def total(self) -> int | None:
        """The total of the list, None if its pages state none or several."""
        totals = {record.total for record in self.records}
        return totals.pop() if len(totals) == 1 else None

    def rows(self) -> Iterator[tuple[Position, Any]]:
        """Yield every row that was read with its position, page by page."""
        index = 0
        for page, record in enumerate(self.records, start=1):
            for row, item in enumerate(record.items or ()):
                yield Position(record, page, row + 1, index + row), item
            index += len(record.items or ())

    def keyed(self) -> Iterator[tuple[Position, Any]]:
        """Yield the key of every row with its position; rows without a key are left out."""
        for position, item in self.rows():
            if (key := self.paging.key_of(item)) is not None:
                yield position, key

    @cached_property
    def has_repeats(self) -> bool:
        """Whether what identifies a row stands at more than one place."""
        keys = [key for _, key in self.keyed()]
        return len(set(keys)) < len(keys)


def chains(records: Iterable[Record]) -> list[Chain]:
    """Return the chains through each list at each size, in the order in which they were begun."""
    lists: dict[object, dict[str | None, Record]] = {}
    for record in records:
        paging, reading = record.operation.cursors, record.reading
        if (
            paging is None
            or record.items is None
            or not (reading.reads_a_list and record.is_success)
        ):
            continue
        cursor = reading.values.get(paging.cursor.name) if paging.cursor else None
        pages = lists.setdefault((record.operation.id, reading.collection, reading.size), {})
        pages.setdefault(None if cursor is None else str(cursor), record)
    return [_chain(pages[None], pages) for pages in lists.values() if None in pages]


def _chain(first: Record, pages: dict[str | None, Record]) -> Chain:
    reading = first.reading
    chain = Chain(first.operation, reading.collection, reading.size)
    seen: set[str | None] = {None}
    record: Record | None = first
    while record is not None:
        chain.records.append(record)
        following = chain.paging.next_of(record.body)
        if following is None:
            chain.is_complete = True
            break
        if following in seen:
            chain.again = record
            break
        seen.add(following)
        record = pages.get(following)
    return chain
