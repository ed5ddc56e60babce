"""Conditions: when a fault shows, so that it is as rare as faults are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .behaviours import Row
    from .call import Answer, Call

_SMALLEST = 3


def always(_: object) -> bool:
    """Happen to everything."""
    return True


def every(number: int) -> Callable[[Call], bool]:
    """Happen to one call in so many, and never to the first ones."""
    return lambda call: call.count % number == 0


def from_page(number: int) -> Callable[[Call], bool]:
    """Happen on pages from a number on."""
    return lambda call: (call.page or 0) >= number


def large(call: Call) -> bool:
    """Happen to pages of more than half of the largest size."""
    most = call.paging.size.maximum or _LARGE
    return call.size is not None and call.size > most // 2


_LARGE = 100


def odd(call: Call) -> bool:
    """Happen to pages of an odd size, but not of the smallest ones."""
    return call.size is not None and call.size % 2 == 1 and call.size > _SMALLEST


def in_second_list(call: Call) -> bool:
    """Happen to every list but the one of the contract's example."""
    examples = [str(p.example) for p in call.operation.located("path")]
    return bool(call.names) and examples != list(call.names)


def one_row_in(number: int, row: int) -> Callable[[Row], bool]:
    """Happen to one row of the list in so many; `row` is the first one, from 0."""
    return lambda each: each.index % number == row % number


def on_last_page(row: Row) -> bool:
    """Happen to the rows of the last page, where it is not the first as well."""
    return row.is_on_last_page and row.page > 1


def behind_first_page(row: Row) -> bool:
    """Happen to rows of all pages but the first."""
    return row.page > 1


def no_rows(call: Call, body: object) -> bool:
    """Happen to pages without rows."""
    return not call.paging.items_of(body)


def with_status(*statuses: int) -> Callable[[Call, Answer], bool]:
    """Happen to answers with one of some statuses."""
    return lambda _call, answer: answer.status in statuses
