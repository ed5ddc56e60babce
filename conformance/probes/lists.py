"""Lists: what is requested of each named list, because a server may check it in one list only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .headers import without_valid_token
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .probe import Caller

MOST_OF_FIRST = 6
"""Requests of the first list of an operation: all others are made of it as well."""
MOST_OF_FURTHER = 10
"""Requests of each further list, beside its walk."""
# A size between the bounds.
_MIDDLE = 50


def of_first(caller: Caller, total: int) -> Iterator[Probe]:
    """Yield requests without a valid token on the last page, after it and in the middle."""
    paging = caller.operation.pagination
    if paging is not None:
        start, size = paging.page.minimum or 1, int(paging.size.example or 1)
        last = start - 1 + max(1, -(-total // size))
        yield from without_valid_token(caller, last + 1, size)
        if last > start:
            yield from without_valid_token(caller, last, size)
        middle = min(_MIDDLE, paging.size.maximum or _MIDDLE)
        yield from without_valid_token(caller, start + total // middle // 2, middle)


def of_further(caller: Caller, total: int) -> Iterator[Probe]:
    """Yield requests without a valid token, and with pages and sizes out of bounds."""
    paging = caller.operation.pagination
    if paging is None:
        return
    start, size = paging.page.minimum or 1, int(paging.size.example or 1)
    last = start - 1 + max(1, -(-total // size))
    most = paging.size.maximum
    yield from without_valid_token(caller, start, size)
    yield from without_valid_token(caller, last, size if last > start else most or size)
    yield from without_valid_token(caller, last + 1, size)
    for value in () if most is None else (most + 1, most * 10):
        yield Probe(caller.request(size=value), f"{paging.size.name}={value}")
    if paging.page.minimum is not None:
        for page, at in ((start - 1, most or size), (start - 2, paging.size.minimum or 1)):
            note = f"{paging.page.name}={page} at {paging.size.name} {at}"
            yield Probe(caller.request(page=page, size=at), note)


def of_empty(caller: Caller) -> Iterator[Probe]:
    """Yield the pages of a list without rows: the first at several sizes, the second, and again."""
    paging = caller.operation.pagination
    if paging is None:
        return
    start, size = paging.page.minimum or 1, int(paging.size.example or 1)
    for at in dict.fromkeys((paging.size.maximum or size, paging.size.minimum or 1, size)):
        yield Probe(caller.request(size=at), f"page {start} at {paging.size.name} {at}")
    note = f"page {start + 1}, past the last one"
    yield Probe(caller.request(page=start + 1), note)
