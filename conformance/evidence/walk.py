"""Walks: the pages of one list at one page size, put together from exchanges.

A list may change while it is read (decision D15). It did if the same page was read twice with two
totals, or once with other rows, and the later ones stay; everything that was read before is then
left out. If totals differ between pages and every page repeats its own, or if a total or rows
return, the list did not change: that is a mistake of the server. Over a long time, a list may
change back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from .repeats import comes_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...spec.model.lists import Pagination
    from ...spec.model.operation import Operation
    from ..records.record import Record

ListId: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""The operation and the path parameters that name one list."""


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a row: its page, its number on the page from 1, and in the list from 0."""

    record: Record
    page: int
    row: int
    index: int


@dataclass
class Walk:
    """What was read of one list at one page size.

    `readings` has every reading of a page, in order; `settled` tells whether the list is known not
    to have changed. Walks with another `session` were read at another time, and are not compared.
    What is derived from `readings` is computed once, after they are complete.
    """

    operation: Operation
    collection: tuple[tuple[str, str], ...]
    size: int
    settled: bool
    readings: dict[int, list[Record]] = field(default_factory=dict)
    session: int = 0

    @property
    def list_id(self) -> ListId:
        """Which list it is."""
        return self.operation.id, self.collection

    @property
    def paging(self) -> Pagination:
        """How the operation pages."""
        if self.operation.pagination is None:
            raise ValueError(f"{self.operation.id} has no pages")
        return self.operation.pagination

    @property
    def pages(self) -> Iterator[tuple[int, Record]]:
        """The pages with their first readings, by number."""
        return ((page, self.readings[page][0]) for page in sorted(self.readings))

    @cached_property
    def totals(self) -> list[tuple[int, Record]]:
        """The total that each reading states, by page, if it states one."""
        readings = (record for page in sorted(self.readings) for record in self.readings[page])
        return [(record.total, record) for record in readings if record.total is not None]

    @cached_property
    def total(self) -> int | None:
        """The total of the list: the most common one, or the largest of these; None without one."""
        totals = [total for total, _ in self.totals]
        if len(totals) == 1:
            return totals[0]
        counts = Counter(totals)
        return max(counts, key=lambda total: (counts[total], total), default=None)

    @property
    def length(self) -> int | None:
        """How many pages the list has by its total, None where that is not known."""
        return None if self.total is None else -(-self.total // self.size)

    @property
    def is_complete(self) -> bool:
        """Whether every page of the list was read."""
        first, length = self.paging.page.minimum or 0, self.length
        pages = range(first, first + (length or 0))
        return bool(length) and all(page in self.readings for page in pages)

    @property
    def within(self) -> Iterator[tuple[int, Record]]:
        """The pages that the total reaches, with their first readings.

        No page is within a total of 0: then they are those that have rows nevertheless.
        """
        total = self.total or 0
        for page, record in self.pages:
            if record.reading.first_row < total or (total == 0 and record.items):
                yield page, record

    def rows(self) -> Iterator[tuple[Position, Any]]:
        """Yield every row that was read with its position, page by page."""
        for page, record in self.within:
            first = record.reading.first_row
            for row, item in enumerate(record.items or ()):
                yield Position(record, page, row + 1, first + row), item

    def keyed(self) -> Iterator[tuple[Position, Any]]:
        """Yield the key of every row with its position; rows without a key are left out."""
        for page, record in self.within:
            first = record.reading.first_row
            for row, key in enumerate(record.keys):
                if key is not None:
                    yield Position(record, page, row + 1, first + row), key

    @property
    def has_repeats(self) -> bool:
        """Whether what identifies a row stands at more than one place."""
        keys = [key for _, record in self.within for key in record.keys if key is not None]
        return len(set(keys)) < len(keys)

    def extent(self) -> str:
        """Return which pages were read: 'all 15 pages' or '4 of 15 pages'."""
        if self.is_complete:
            return f"all {self.length} pages" if self.length != 1 else "the one page"
        return f"{len(self.readings)} of {self.length} pages"


def name_of(list_id: ListId) -> str:
    """Return the name of a list for people: the values in its path, or else its operation."""
    return ", ".join(value for _, value in list_id[1]) or list_id[0]


def list_of(record: Record) -> ListId:
    """Return which list a record is about."""
    return record.operation.id, record.reading.collection


def walks(records: Iterable[Record], *, changes_back: bool = False) -> list[Walk]:
    """Return the walks through each list, in the order in which the lists were first read.

    `changes_back` tells whether a total that returns to its old value may have changed twice.
    """
    lists: dict[ListId, list[Record]] = {}
    for record in records:
        paged = record.reading.page is not None and record.reading.size is not None
        if paged and record.reading.is_valid and record.is_success and record.items is not None:
            lists.setdefault(list_of(record), []).append(record)
    return [walk for found in lists.values() for walk in _by_size(found, changes_back)]


def _by_size(records: Sequence[Record], changes_back: bool) -> Iterator[Walk]:
    totals = ((record, record.total) for record in records if record.total is not None)
    if not changes_back and comes_back(totals):
        still, settled = records, True
    else:
        still, settled = _since_last_change(records)
        still = _since_rows_changed(still)
    sizes: dict[int, Walk] = {}
    for record in still:
        size, page = record.reading.size, record.reading.page
        if size is None or page is None:
            continue
        walk = sizes.setdefault(
            size, Walk(record.operation, record.reading.collection, size, settled)
        )
        walk.readings.setdefault(page, []).append(record)
    yield from sizes.values()


def _since_last_change(records: Sequence[Record]) -> tuple[Sequence[Record], bool]:
    """Return the records since the list last changed, and whether it did not change again.

    It did not if all totals agree, and if it changed before, two at least. If they differ, it did
    not if the first page was read before the first different total and again after the last one,
    and repeated its own total.
    """
    start = 0
    last: dict[tuple[int | None, int | None], int | None] = {}
    for index, record in enumerate(records):
        page = (record.reading.page, record.reading.size)
        if record.total is None:
            continue
        if page in last and last[page] != record.total:
            start = index
            last.clear()
        last[page] = record.total
    still = records[start:]
    stated = [record for record in still if record.total is not None]
    if len({record.total for record in stated}) <= 1:
        return still, start == 0 or len(still) > 1
    first = stated[0]
    different = [record.exchange for record in stated if record.total != first.total]
    page = (first.reading.page, first.reading.size)
    again = any(
        (each.reading.page, each.reading.size) == page and different[-1].is_before(each.exchange)
        for each in stated
    )
    return still, again and all(first.exchange.is_before(each) for each in different)


def _since_rows_changed(records: Sequence[Record]) -> Sequence[Record]:
    """Return the records since rows changed at the same total, all of them if that is not certain.

    It is if one change explains every page that was read with two sets of rows, and if two
    responses at least show the later ones.
    """
    last: dict[tuple[int | None, int | None], int] = {}
    before, after, shown = -1, len(records), 0
    changed = set()
    for index, record in enumerate(records):
        page = (record.reading.page, record.reading.size)
        earlier = last.get(page, index)
        if records[earlier].keys != record.keys:
            if page in changed:
                return records
            before, after = max(before, earlier), min(after, index)
            changed.add(page)
        shown += page in changed
        last[page] = index
    if shown <= 1 or records[after].exchange.is_before(records[before].exchange):
        return records
    # Of what was sent at once, it is unknown what was answered before the change.
    since = max(before, after)
    known = (i for i in range(since, len(records)) if _is_after(records, before, i))
    return records[next(known, 0) :]


def _is_after(records: Sequence[Record], first: int, second: int) -> bool:
    return records[first].exchange.is_before(records[second].exchange)
