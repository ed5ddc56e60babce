"""Paging: what the pages of a list say about each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.describing import actual, apart
from ....spec.documents.pointers import join
from ...evidence.chain import Chain
from ...evidence.walk import Walk
from ...records.finding import Finding, at, at_row, nouns_of, place_of
from .. import subjects
from ..expectations import must_be_empty
from ..registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...evidence.evidence import Evidence
    from ...evidence.walk import Position
    from ...records.record import Record
    from ..registry import Rule

Walks: TypeAlias = tuple[Walk, ...]
Chains: TypeAlias = tuple[Chain, ...]
_UNSETTLED = "the list was empty, or changed while it was read"
_ONE_SIZE = "no list was read at two page sizes without changing meanwhile"


@subjects.several
def _together(evidence: Evidence, rule: Rule) -> Iterator[Walks]:
    """The walks over each list, the one at the default page size first."""
    lists: dict[object, list[Walk]] = {}
    for walk in subjects.settled(evidence, rule):
        lists.setdefault((walk.session, *walk.list_id), []).append(walk)
    for found in lists.values():
        yield tuple(sorted(found, key=_rank))


def _rank(walk: Walk) -> tuple[bool, bool, int]:
    return not walk.is_complete, walk.size != walk.paging.size.example, walk.size


# An empty array, or an error response (decision D8).
rule(
    "pagination.pastEnd",
    of=subjects.past_the_end,
    uncovered="no page past the last one was requested",
    by_page=True,
)(must_be_empty)


def _read(evidence: Evidence, rule: Rule) -> Iterator[Walk | Chain]:
    yield from subjects.settled(evidence, rule)
    yield from (chain for chain in evidence.chains if any(chain.rows()))


@rule("pagination.unique", of=_read, uncovered=_UNSETTLED, by_page=True)
def rows_are_unique(walk: Walk | Chain) -> Iterator[Finding]:
    """No row is repeated on its page or on another page of the same walk."""
    if not walk.has_repeats:
        return
    seen: dict[Any, Position] = {}
    for position, key in walk.keyed():
        if key in seen:
            first = seen[key]
            yield at_row(
                position,
                f"each {walk.paging.nouns.row} only once",
                f"{actual(key)}, which is also on page {first.page}, row {first.row}",
                field=_row_field(walk, position.row, walk.paging.key),
            )
        seen.setdefault(key, position)


def _row_field(walk: Walk | Chain, row: int, field: Sequence[str] = ()) -> str:
    return join((*walk.paging.items, str(row - 1), *field))


def _walked(evidence: Evidence, rule: Rule) -> Iterator[Walk | Chain]:
    yield from (x for x in subjects.settled(evidence, rule) if _last_page(x) is not None)
    yield from (x for x in evidence.chains if x.is_complete and x.total is not None)


def _last_page(walk: Walk) -> Record | None:
    first, length = walk.paging.page.minimum or 0, walk.length
    if length == 0:
        return next((record for _, record in walk.within), None)
    last = walk.readings.get(first + length - 1) if length else None
    return last[0] if last else None


@rule(
    "pagination.complete",
    of=_walked,
    uncovered="no list with rows was read to its last page without changing meanwhile",
    by_page=True,
)
def walk_has_as_many_rows_as_the_total(walk: Walk | Chain) -> Iterator[Finding]:
    """Of a large list only the position of the last row is checked."""
    if not isinstance(walk, Walk):
        yield from _chain_has_as_many_rows_as_the_total(walk)
        return
    last = _last_page(walk)
    if last is None or len({total for total, _ in walk.totals}) > 1:
        return  # another rule reports that the totals differ
    count = walk.paging.nouns.count
    if not walk.total:
        found = sum(1 for _ in walk.rows())
        what, got = f"{count(0)}, because the total is 0", count(found)
    elif walk.is_complete:
        found = sum(1 for _ in walk.rows())
        what, got = f"{count(walk.total or 0)} on {walk.extent()}", count(found)
    else:
        found = last.reading.first_row + len(last.items or ())
        what, got = f"row {walk.total} at the end of the last page", f"row {found}"
    if found != walk.total:
        yield at(last, what, got, field=join(walk.paging.total_items))


def _chain_has_as_many_rows_as_the_total(chain: Chain) -> Iterator[Finding]:
    count, total, paging = chain.paging.nouns.count, chain.total or 0, chain.paging
    found = sum(1 for _ in chain.rows())
    if found != total and paging.total_items is not None:
        what = f"{count(total)} on all {len(chain.records)} pages"
        yield at(chain.records[-1], what, count(found), field=join(paging.total_items))


@rule("pagination.stableTotal", of=_together, uncovered=_UNSETTLED)
def total_is_the_same(walks: Walks) -> Iterator[Finding]:
    """The total depends on neither the page nor its size."""
    stated = [(total, record) for walk in walks for total, record in walk.totals]
    (usual, most), *others = Counter(total for total, _ in stated).most_common(2)
    first = next(record for total, record in stated if total == usual)
    for total, record in stated:
        if total != usual:
            told, got = f"a total of {usual}, as in {most} of {len(stated)} responses", str(total)
            if most == others[0][1]:
                told, got = "one total in all responses", f"{total}, and {usual} in {_named(first)}"
            yield at(record, told, got, field=join(walks[0].paging.total_items))


def _named(record: Record) -> str:
    return f"request {record.number}: {place_of(record)}"


@subjects.several
def _read_again(evidence: Evidence, rule: Rule) -> Iterator[list[Record]]:
    for walk in subjects.settled(evidence, rule):
        yield from (again for again in walk.readings.values() if len(again) > 1)


@rule("pagination.repeatable", of=_read_again, uncovered="no page was read twice")
def page_is_repeatable(readings: list[Record]) -> Iterator[Finding]:
    """The same request gets the same rows in the same order."""
    first = readings[0]
    for record in readings[1:]:
        for row, (key, before) in enumerate(_side_by_side(record.keys, first.keys), start=1):
            if key != before:
                paging = record.operation.pagination
                field = join((*paging.items, str(row - 1), *paging.key)) if paging else None
                nothing = f"no {nouns_of(record.operation).row}"
                here, there = (
                    nothing if key is _NONE else shown
                    for key, shown in zip((key, before), _apart(key, before), strict=True)
                )
                expected = f"the same {nouns_of(record.operation).rows} each time"
                got = f"{here}, and {there} in request {first.number} of the same page"
                yield at(record, expected, got, row=row, field=field)
                break


_NONE = object()


def _apart(*keys: Any) -> tuple[str, str]:
    one, other = (None if key is _NONE else key for key in keys)
    return apart(one, other)


def _side_by_side(some: list[Any], others: list[Any]) -> Iterator[tuple[Any, Any]]:
    for index in range(max(len(some), len(others))):
        yield (
            some[index] if index < len(some) else _NONE,
            others[index] if index < len(others) else _NONE,
        )


@subjects.several
def _of_several_sizes(evidence: Evidence, rule: Rule) -> Iterator[Walks]:
    return (walks for walks in _together(evidence, rule) if len(walks) > 1)


@subjects.several
def _of_several_sizes_in_full(evidence: Evidence, rule: Rule) -> Iterator[Walks | Chains]:
    yield from _of_several_sizes(evidence, rule)
    lists: dict[object, list[Chain]] = {}
    for chain in evidence.chains:
        if chain.is_complete:
            lists.setdefault((chain.session, *chain.list_id), []).append(chain)
    yield from (tuple(found) for found in lists.values() if len(found) > 1)


@rule("pagination.sameSet", of=_of_several_sizes_in_full, uncovered=_ONE_SIZE)
def sizes_give_the_same_rows(walks: Walks | Chains) -> Iterator[Finding]:
    """The page size does not change which rows there are.

    Every row that was read at any size must be in each walk that read every page. A walk that did
    not read every page may lack rows.
    """
    if isinstance(walks[0], Chain):
        yield from _chains_have_the_same_rows(walks)
        return
    most = max(walk.total or 0 for walk in walks)
    whole = next((x for x in walks if x.is_complete and x.total == most), None)
    if whole is None:
        return
    here = _first_places(whole)
    for other in walks:
        there = _first_places(other)
        for key in [key for key in there if key not in here][:1]:
            yield _missing(there[key], key, whole, len(there.keys() - here.keys()))
        # Another rule reports totals that differ; a walk with a smaller one has not read every row.
        is_whole = other.is_complete and other.total == most
        for key in [key for key in here if key not in there and is_whole][:1]:
            yield _missing(here[key], key, other, len(here.keys() - there.keys()))


def _chains_have_the_same_rows(chains: Chains) -> Iterator[Finding]:
    """Compare each chain with the one that has most rows; a list that changed differs in its total.

    A row that is missing counts for the last page: nothing follows it.
    """
    longest = max(chains, key=lambda chain: sum(1 for _ in chain.rows()))
    places = _first_places(longest)
    for chain in chains:
        missing = places.keys() - {key for _, key in chain.keyed()}
        first = next((key for key in places if key in missing), None)
        if first is not None and chain.total == longest.total:
            nouns, name = chain.paging.nouns, longest.paging.size
            size = f"{name.name} {longest.size}" if name else "another size"
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            expected = f"a next page, since there are {nouns.count(len(places))} at {size}"
            got = f"the end of the list without {actual(first)}{more}"
            yield at(chain.records[-1], expected, got)


def _first_places(walk: Walk | Chain) -> dict[Any, Position]:
    places: dict[Any, Position] = {}
    for position, key in walk.keyed():
        places.setdefault(key, position)
    return places


def _missing(position: Position, key: Any, other: Walk, count: int) -> Finding:
    size = other.paging.size.name
    more = f", like {count - 1} more" if count > 1 else ""
    return at_row(
        position,
        f"the same {other.paging.nouns.rows} at {size} {other.size}",
        f"{actual(key)}, which is missing at {size} {other.size}{more}",
    )


def _in_order(walk: Walk) -> dict[int, tuple[Any, Position]]:
    """Return the key and the position of each row by its place in the list.

    Return {} if a page has too many or too few rows, or a row is repeated: other rules report that,
    and there is no order to compare.
    """
    keyed = [(key, position) for position, key in walk.keyed()]
    for _, record in walk.within:
        expected = min(walk.size, (walk.total or 0) - record.reading.first_row)
        if len(record.items or ()) != expected:
            return {}
    if len({key for key, _ in keyed}) != len(keyed):
        return {}
    return {position.index: (key, position) for key, position in keyed}


@rule("pagination.sameOrder", of=_of_several_sizes, uncovered=_ONE_SIZE)
def sizes_give_the_same_order(walks: Walks) -> Iterator[Finding]:
    """Compared only if both sizes have the same rows; another rule reports if not."""
    first = walks[0]
    here = _in_order(first)
    known = {key for key, _ in here.values()} if first.is_complete else None
    for other in walks[1:]:
        there = _in_order(other)
        if known is not None and not known >= {key for key, _ in there.values()}:
            continue
        for index in sorted(here.keys() & there.keys()):
            (key, position), (other_key, other_position) = here[index], there[index]
            if key != other_key:
                size, (told, got) = first.paging.size.name, apart(key, other_key)
                told += f" on page {position.page}, row {position.row} at {size} {first.size}"
                yield at_row(
                    other_position,
                    f"the same order at {size} {first.size} and {other.size}",
                    f"{got}, and {told}",
                    field=_row_field(other, other_position.row, other.paging.key),
                )
                break
