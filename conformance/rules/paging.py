"""Paging: what pages say of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.describing import actual
from ...spec.source import join
from ..finding import Finding, at, at_row
from ..listing import Listing
from . import subjects
from .parameters import must_show_nobody
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..evidence import Evidence, Record
    from ..listing import Position

Listings: TypeAlias = tuple[Listing, ...]
_STILL = "a course with users that keeps still while it is read"


def _together(evidence: Evidence, requirement: str) -> Iterator[Listings]:
    """The listings of one list, the one of the most usual page size first."""
    lists: dict[object, list[Listing]] = {}
    for listing in subjects.settled(evidence, requirement):
        lists.setdefault((listing.sitting, listing.operation.id, listing.collection), []).append(
            listing
        )
    for found in lists.values():
        yield tuple(sorted(found, key=_unusual))


def _unusual(listing: Listing) -> tuple[bool, bool, int]:
    usual = listing.size == listing.paging.size.example
    return not listing.is_complete, not usual, listing.size


@rule(
    "PAGE-05",
    of=subjects.past_the_end,
    expects="a page past the last one shows nobody",
    needs="a page past the last one",
)
def past_the_end_is_nobody(record: Record) -> Iterator[Finding]:
    """An empty array, or a refusal (decision D8)."""
    yield from must_show_nobody(record)


@rule("PAGE-06", of=subjects.settled, expects="nobody appears twice", needs=_STILL)
def everyone_once(listing: Listing) -> Iterator[Finding]:
    """Neither on a page nor on two pages of one size."""
    seen: dict[Any, Position] = {}
    for position, key in listing.keyed():
        if key in seen:
            first = seen[key]
            yield at_row(
                position,
                "somebody who has not been listed yet",
                f"{actual(key)}, who already stands on page {first.page}, row {first.row}",
                field=_row_field(listing, position.row, listing.paging.key),
            )
        seen.setdefault(key, position)


def _row_field(listing: Listing, row: int, field: Sequence[str] = ()) -> str:
    return join((*listing.paging.items, str(row - 1), *field))


def _walked(evidence: Evidence, requirement: str) -> Iterator[Listing]:
    return (x for x in subjects.settled(evidence, requirement) if _last_page(x) is not None)


def _last_page(listing: Listing) -> Record | None:
    first, length = listing.paging.page.minimum or 0, listing.length
    last = listing.readings.get(first + length - 1) if length else None
    return last[0] if last else None


@rule(
    "PAGE-07",
    of=_walked,
    expects="a walk yields exactly as many rows as the total promises",
    needs="all pages of a course with users that keeps still",
)
def walk_yields_the_total(listing: Listing) -> Iterator[Finding]:
    """Whoever reads every page has read everybody; of a large list the last row is looked for."""
    last = _last_page(listing)
    if last is None or len({total for total, _ in listing.totals}) > 1:
        return  # that the totals differ is said elsewhere
    if listing.is_complete:
        found = sum(1 for _ in listing.rows())
        what = f"{listing.total} rows on {listing.extent()} together"
    else:
        found = last.reading.first_row + len(last.items or ())
        what = f"row {listing.total} as the last one of the last page"
    if found != listing.total:
        yield at(last, what, str(found), field=join(listing.paging.total_items))


@rule("PAGE-08", of=_together, expects="the total is the same everywhere", needs=_STILL)
def total_is_the_same(listings: Listings) -> Iterator[Finding]:
    """It depends on neither the page nor the size."""
    expected, first = listings[0].totals[0]
    for listing in listings:
        for total, record in listing.totals:
            if total != expected:
                paging = listing.paging
                yield at(
                    record,
                    f"a total of {expected}, as on page {first.reading.page} at "
                    f"{paging.size.name} {first.reading.size}",
                    str(total),
                    field=join(paging.total_items),
                )


def _read_again(evidence: Evidence, requirement: str) -> Iterator[list[Record]]:
    for listing in subjects.settled(evidence, requirement):
        yield from (again for again in listing.readings.values() if len(again) > 1)


@rule(
    "PAGE-09",
    of=_read_again,
    expects="a page read again has the same rows in the same order",
    needs="a page that was read twice",
)
def page_is_repeatable(readings: list[Record]) -> Iterator[Finding]:
    """The same request, the same rows in the same places."""
    first = readings[0]
    for record in readings[1:]:
        for row, (key, before) in enumerate(_side_by_side(record.keys, first.keys), start=1):
            if key != before:
                paging = record.operation.pagination
                field = join((*paging.items, str(row - 1), *paging.key)) if paging else None
                expected = f"{_somebody(before)}, as when it was read before"
                yield at(record, expected, _somebody(key), row=row, field=field)
                break


_NOBODY = object()


def _side_by_side(some: list[Any], others: list[Any]) -> Iterator[tuple[Any, Any]]:
    for index in range(max(len(some), len(others))):
        yield (
            some[index] if index < len(some) else _NOBODY,
            others[index] if index < len(others) else _NOBODY,
        )


def _somebody(key: Any) -> str:
    return "nobody" if key is _NOBODY else actual(key)


def _of_several_sizes(evidence: Evidence, requirement: str) -> Iterator[Listings]:
    for listings in _together(evidence, requirement):
        if len(listings) > 1:
            yield listings


@rule(
    "PAGE-10",
    of=_of_several_sizes,
    expects="walks of different sizes give the same rows",
    needs="a course that is read at two page sizes",
)
def sizes_give_the_same_rows(listings: Listings) -> Iterator[Finding]:
    """The size cuts the list into pages, and nothing more."""
    for some, others, end in _comparable(listings):
        here = dict(_until(some.keyed(), end))
        there = dict(_until(others.keyed(), end))
        for key in [key for key in here if key not in there][:1]:
            yield _missing(here[key], key, others, len(here.keys() - there.keys()))
        for key in [key for key in there if key not in here][:1]:
            yield _missing(there[key], key, some, len(there.keys() - here.keys()))


def _missing(position: Position, key: Any, other: Listing, count: int) -> Finding:
    size = other.paging.size.name
    more = f", and so are {count - 1} more" if count > 1 else ""
    return at_row(
        position,
        f"the same rows at {size} {other.size}",
        f"{actual(key)} here, who is missing at {size} {other.size}{more}",
    )


def _comparable(listings: Listings) -> Iterator[tuple[Listing, Listing, int]]:
    """Pairs of listings, with how many rows from the first on both have without a gap."""
    first = listings[0]
    for other in listings[1:]:
        if end := min(_reach(first), _reach(other)):
            yield first, other, end


def _reach(listing: Listing) -> int:
    """How many rows of the list, from its first on, lie on pages that were all read."""
    page = listing.paging.page.minimum or 0
    read = 0
    while page in listing.readings and read < (listing.total or 0):
        page, read = page + 1, read + listing.size
    return min(read, listing.total or 0)


def _until(keys: Iterable[tuple[Position, Any]], end: int) -> Iterator[tuple[Any, Position]]:
    seen = set()
    for position, key in keys:
        if position.index < end and key not in seen:
            seen.add(key)
            yield key, position


@rule(
    "PAGE-11",
    of=_of_several_sizes,
    expects="walks of different sizes give the same order",
    needs="a course that is read at two page sizes",
)
def sizes_give_the_same_order(listings: Listings) -> Iterator[Finding]:
    """Judged where both sizes have the same rows; where not, that is said elsewhere."""
    for some, others, end in _comparable(listings):
        here = list(_until(some.keyed(), end))
        there = list(_until(others.keyed(), end))
        if {key for key, _ in here} != {key for key, _ in there}:
            continue
        for (key, position), (other_key, other) in zip(here, there, strict=True):
            if key != other_key:
                name = some.paging.size.name
                yield at_row(
                    other,
                    f"{actual(key)}, as on page {position.page}, row {position.row} at "
                    f"{name} {some.size}",
                    actual(other_key),
                    field=_row_field(others, other.row, others.paging.key),
                )
                break
