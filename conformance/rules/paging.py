"""Paging: what pages say of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.describing import actual
from ...spec.source import join
from ..evidence.finding import Finding, at, at_row
from ..evidence.walk import Walk
from . import subjects
from .parameters import must_show_nobody
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record
    from ..evidence.walk import Position

Walks: TypeAlias = tuple[Walk, ...]
_STILL = "a course with users that keeps still while it is read"


def _together(evidence: Evidence, requirement: str) -> Iterator[Walks]:
    """The listings of one list, the one of the most usual page size first."""
    lists: dict[object, list[Walk]] = {}
    for walk in subjects.settled(evidence, requirement):
        lists.setdefault((walk.sitting, walk.operation.id, walk.collection), []).append(walk)
    for found in lists.values():
        yield tuple(sorted(found, key=_unusual))


def _unusual(walk: Walk) -> tuple[bool, bool, int]:
    usual = walk.size == walk.paging.size.example
    return not walk.is_complete, not usual, walk.size


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
def everyone_once(walk: Walk) -> Iterator[Finding]:
    """Neither on a page nor on two pages of one size."""
    if not walk.has_repeats:
        return
    seen: dict[Any, Position] = {}
    for position, key in walk.keyed():
        if key in seen:
            first = seen[key]
            yield at_row(
                position,
                "somebody who has not been listed yet",
                f"{actual(key)}, who already stands on page {first.page}, row {first.row}",
                field=_row_field(walk, position.row, walk.paging.key),
            )
        seen.setdefault(key, position)


def _row_field(walk: Walk, row: int, field: Sequence[str] = ()) -> str:
    return join((*walk.paging.items, str(row - 1), *field))


def _walked(evidence: Evidence, requirement: str) -> Iterator[Walk]:
    return (x for x in subjects.settled(evidence, requirement) if _last_page(x) is not None)


def _last_page(walk: Walk) -> Record | None:
    first, length = walk.paging.page.minimum or 0, walk.length
    last = walk.readings.get(first + length - 1) if length else None
    return last[0] if last else None


@rule(
    "PAGE-07",
    of=_walked,
    expects="a walk yields exactly as many rows as the total promises",
    needs="all pages of a course with users that keeps still",
)
def walk_yields_the_total(walk: Walk) -> Iterator[Finding]:
    """Whoever reads every page has read everybody; of a large list the last row is looked for."""
    last = _last_page(walk)
    if last is None or len({total for total, _ in walk.totals}) > 1:
        return  # that the totals differ is said elsewhere
    if walk.is_complete:
        found = sum(1 for _ in walk.rows())
        together = "" if walk.length == 1 else " together"
        what, got = f"{walk.total} rows on {walk.extent()}{together}", str(found)
    else:
        found = last.reading.first_row + len(last.items or ())
        what, got = f"the last page to end with row {walk.total}", f"row {found}"
    if found != walk.total:
        yield at(last, what, got, field=join(walk.paging.total_items))


@rule("PAGE-08", of=_together, expects="the total is the same everywhere", needs=_STILL)
def total_is_the_same(walks: Walks) -> Iterator[Finding]:
    """It depends on neither the page nor the size."""
    expected, first = walks[0].totals[0]
    for walk in walks:
        for total, record in walk.totals:
            if total != expected:
                paging = walk.paging
                yield at(
                    record,
                    f"a total of {expected}, as on page {first.reading.page} at "
                    f"{paging.size.name} {first.reading.size}",
                    str(total),
                    field=join(paging.total_items),
                )


def _read_again(evidence: Evidence, requirement: str) -> Iterator[list[Record]]:
    for walk in subjects.settled(evidence, requirement):
        yield from (again for again in walk.readings.values() if len(again) > 1)


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


def _of_several_sizes(evidence: Evidence, requirement: str) -> Iterator[Walks]:
    for walks in _together(evidence, requirement):
        if len(walks) > 1:
            yield walks


@rule(
    "PAGE-10",
    of=_of_several_sizes,
    expects="walks of different sizes give the same rows",
    needs="a course that is read at two page sizes",
)
def sizes_give_the_same_rows(walks: Walks) -> Iterator[Finding]:
    """The size cuts the list into pages, and nothing more.

    Whoever is read at any size has to be in a walk that read every page; of one that did not,
    nothing can be said to be missing.
    """
    most = max(walk.total or 0 for walk in walks)
    whole = next((x for x in walks if x.is_complete and x.total == most), None)
    if whole is None:
        return
    here = _first_places(whole)
    for other in walks:
        there = _first_places(other)
        for key in [key for key in there if key not in here][:1]:
            yield _missing(there[key], key, whole, len(there.keys() - here.keys()))
        # That totals differ is said elsewhere; a walk by a smaller one has not read everybody.
        is_whole = other.is_complete and other.total == most
        for key in [key for key in here if key not in there and is_whole][:1]:
            yield _missing(here[key], key, other, len(here.keys() - there.keys()))


def _first_places(walk: Walk) -> dict[Any, Position]:
    places: dict[Any, Position] = {}
    for position, key in walk.keyed():
        places.setdefault(key, position)
    return places


def _missing(position: Position, key: Any, other: Walk, count: int) -> Finding:
    size = other.paging.size.name
    more = f", and so are {count - 1} more" if count > 1 else ""
    return at_row(
        position,
        f"the same rows at {size} {other.size}",
        f"{actual(key)} here, who is missing at {size} {other.size}{more}",
    )


def _in_order(walk: Walk) -> dict[int, tuple[Any, Position]]:
    """Give who stands at which place of the list, {} where the pages do not say that.

    They do not where one holds more or fewer rows than it has to, or somebody appears twice: that
    is said elsewhere, and no order can be told from it.
    """
    keyed = [(key, position) for position, key in walk.keyed()]
    for _, record in walk.within:
        expected = min(walk.size, (walk.total or 0) - record.reading.first_row)
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
def sizes_give_the_same_order(walks: Walks) -> Iterator[Finding]:
    """Judged where both sizes have the same rows; where not, that is said elsewhere."""
    usual = walks[0]
    here = _in_order(usual)
    known = {key for key, _ in here.values()} if usual.is_complete else None
    for other in walks[1:]:
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
