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
    from collections.abc import Iterator, Sequence

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
    if not listing.has_repeats:
        return
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
        together = "" if listing.length == 1 else " together"
        what, got = f"{listing.total} rows on {listing.extent()}{together}", str(found)
    else:
        found = last.reading.first_row + len(last.items or ())
        what, got = f"the last page to end with row {listing.total}", f"row {found}"
    if found != listing.total:
        yield at(last, what, got, field=join(listing.paging.total_items))


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
    """The size cuts the list into pages, and nothing more.

    Whoever is read at any size has to be in a walk that read every page; of one that did not,
    nothing can be said to be missing.
    """
    most = max(listing.total or 0 for listing in listings)
    whole = next((x for x in listings if x.is_complete and x.total == most), None)
    if whole is None:
        return
    here = _first_places(whole)
    for other in listings:
        there = _first_places(other)
        for key in [key for key in there if key not in here][:1]:
            yield _missing(there[key], key, whole, len(there.keys() - here.keys()))
        # That totals differ is said elsewhere; a walk by a smaller one has not read everybody.
        is_whole = other.is_complete and other.total == most
        for key in [key for key in here if key not in there and is_whole][:1]:
            yield _missing(here[key], key, other, len(here.keys() - there.keys()))


def _first_places(listing: Listing) -> dict[Any, Position]:
    places: dict[Any, Position] = {}
    for position, key in listing.keyed():
        places.setdefault(key, position)
    return places


def _missing(position: Position, key: Any, other: Listing, count: int) -> Finding:
    size = other.paging.size.name
    more = f", and so are {count - 1} more" if count > 1 else ""
    return at_row(
        position,
        f"the same rows at {size} {other.size}",
        f"{actual(key)} here, who is missing at {size} {other.size}{more}",
    )


def _in_order(listing: Listing) -> dict[int, tuple[Any, Position]]:
    """Give who stands at which place of the list, {} where the pages do not say that.

    They do not where one holds more or fewer rows than it has to, or somebody appears twice: that
    is said elsewhere, and no order can be told from it.
    """
    keyed = [(key, position) for position, key in listing.keyed()]
    for _, record in listing.within:
        expected = min(listing.size, (listing.total or 0) - record.reading.first_row)
        if len(record.items or ()) != expected:
            return {}
    if len({key for key, _ in keyed}) != len(keyed):
        return {}
    return {position.index: (key, position) for key, position in keyed}


@rule(
    "PAGE-11",
    of=_of_several_sizes,
    expects="walks of different sizes give the same order",
    needs="a course that is read at two page sizes",
)
def sizes_give_the_same_order(listings: Listings) -> Iterator[Finding]:
    """Judged where both sizes have the same rows; where not, that is said elsewhere."""
    usual = listings[0]
    here = _in_order(usual)
    known = {key for key, _ in here.values()} if usual.is_complete else None
    for other in listings[1:]:
        there = _in_order(other)
        if known is not None and not known >= {key for key, _ in there.values()}:
            continue
        for index in sorted(here.keys() & there.keys()):
            (key, position), (other_key, other_position) = here[index], there[index]
            if key != other_key:
                yield at_row(
                    other_position,
                    f"{actual(key)}, as on page {position.page}, row {position.row} at "
                    f"{usual.paging.size.name} {usual.size}",
                    actual(other_key),
                    field=_row_field(other, other_position.row, other.paging.key),
                )
                break
