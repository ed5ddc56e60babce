"""Lists: what is requested of each named list, because a server may check it in one list only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .headers import without_valid_token
from .probe import Probe, page_of, page_out_of_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .probe import Caller

MOST_OF_FIRST = 6
"""Requests of the first list of an operation: all others are made of it as well."""
MOST_OF_FURTHER = 11
"""Requests of each further list, beside its walk; one of them is the first request again."""
# A size between the bounds.
_MIDDLE = 50


def of_first(caller: Caller, total: int) -> Iterator[Probe]:
    """Yield requests without a valid token on the last page, after it and in the middle."""
    paging = caller.operation.pagination
    if paging is not None:
        size, last = paging.usual, paging.last(total, paging.usual)
        yield from without_valid_token(caller, last + 1, size)
        if last > paging.first:
            yield from without_valid_token(caller, last, size)
        middle = min(_MIDDLE, paging.size.maximum or _MIDDLE)
        yield from without_valid_token(caller, paging.first + total // middle // 2, middle)


def of_further(caller: Caller, total: int) -> Iterator[Probe]:
    """Yield requests without a valid token, and with pages and sizes out of bounds."""
    paging = caller.operation.pagination
    if paging is None:
        return
    first, size, last = paging.first, paging.usual, paging.last(total, paging.usual)
    yield from without_valid_token(caller, first, size)
    yield from without_valid_token(caller, last, size if last > first else paging.most)
    yield from without_valid_token(caller, last + 1, size)
    for value in (paging.most + 1, paging.most * 10) if paging.size.maximum else ():
        yield Probe(caller.request(size=value), f"{paging.size.name}={value}")
    yield page_out_of_bounds(caller, paging, first - 1, paging.most)
    yield page_out_of_bounds(caller, paging, first - 2, paging.least)


def of_empty(caller: Caller) -> Iterator[Probe]:
    """Yield the pages of a list without rows: the first at several sizes, the second, and again."""
    paging = caller.operation.pagination
    if paging is None:
        return
    for size in dict.fromkeys((paging.most, paging.least, paging.usual)):
        yield page_of(caller, paging, paging.first, size)
    second = paging.first + 1
    yield Probe(caller.request(page=second), f"page {second}, past the last one")
