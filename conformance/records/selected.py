"""What a page shows of its filters and its order: rows that should not be there, or not so."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...spec.describing import actual
from ...spec.documents.pointers import lookup
from ...spec.model.selecting import broken_order
from ...spec.schemas.violations import Judgement, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.documents.pointers import Pointer
    from ...spec.model.selecting import Selector, SortMember
    from .parsed_request import ParsedRequest


def selectors_of(reading: ParsedRequest) -> Iterator[tuple[Selector, Any]]:
    """Yield what a request selects by, with the value that it sends."""
    for selector in reading.operation.selectors:
        if (value := reading.values.get(selector.parameter)) is not None:
            yield selector, value


def order_of(reading: ParsedRequest) -> tuple[SortMember, ...]:
    """Return the members that a request sorts by, () if it does not sort."""
    sorting = reading.operation.sorting
    return sorting.wanted(reading.values) if sorting is not None else ()


def request_in_words(reading: ParsedRequest) -> str:
    """Return the parameters of a request that select and sort: 'status=active, sort=name'."""
    sent = ((name, reading.values.get(name)) for name in reading.operation.selecting)
    return ", ".join(f"{name}={_text(value)}" for name, value in sent if value is not None)


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def judge(reading: ParsedRequest, rows: list[Any], judgement: Judgement) -> None:
    """Add what is wrong with the rows of a page; rows that break the schema are left out."""
    operation = reading.operation
    if operation.listing is None or not (operation.selectors or operation.sorting):
        return
    items = operation.listing.items
    depth = len(items)
    wrong = {
        int(v.place[depth])
        for v in judgement.violations
        if v.place[:depth] == items and v.place[depth:] and v.place[depth].isdecimal()
    }
    fine = [(index, row) for index, row in enumerate(rows) if index not in wrong]
    for selector, value in selectors_of(reading):
        _judge_selection(selector, value, items, fine, judgement)
    members, sorting = order_of(reading), operation.sorting
    if not members or sorting is None:
        return
    requirement = sorting.requirements.get("sort")
    if requirement is not None:
        judgement.judged[requirement] += len(fine)
    for (index, row), (after, second) in pairwise(fine):
        member = broken_order(row, second, members) if after == index + 1 else None
        if member is not None:
            place = (*items, str(after), *member.place)
            judgement.violations.append(
                Violation(
                    requirement,
                    place,
                    order_in_words(row, member, request_in_words(reading)),
                    actual(lookup(second, member.place)),
                )
            )


def order_in_words(row: Any, member: SortMember, asked: str) -> str:
    """Return which value may follow a row, as it was requested."""
    bound = "at most" if member.descending else "at least"
    return f"{bound} {actual(lookup(row, member.place))}, as in the row before, by {asked}"


def _judge_selection(
    selector: Selector,
    value: Any,
    items: Pointer,
    rows: list[tuple[int, Any]],
    judgement: Judgement,
) -> None:
    requirement = (selector.requirements or {}).get("filter")
    if requirement is not None:
        judgement.judged[requirement] += len(rows)
    for index, row in rows:
        if not selector.allows(row, value):
            found = (lookup(row, member) for member in selector.members)
            judgement.violations.append(
                Violation(
                    requirement,
                    (*items, str(index), *selector.members[0]),
                    f"{selector.described(value)}, by {selector.parameter}={_text(value)}",
                    " and ".join(map(actual, found)),
                )
            )
