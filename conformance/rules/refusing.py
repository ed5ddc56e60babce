"""What a refusal is, for every section of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.source import join
from ..evidence.finding import Finding, at, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.record import Record

REFUSAL = "a refusal: a status of 4xx that shows nobody"


def must_be_refused(record: Record, expected: str = REFUSAL) -> Iterator[Finding]:
    """Find fault with an answer that is no refusal (decision D3)."""
    if not record.is_refusal:
        yield at(record, expected)


def must_succeed(record: Record, expected: str = "a success: status 200") -> Iterator[Finding]:
    """Find fault with an answer that is no success."""
    if not record.is_success:
        yield at(record, expected)


def must_be_honoured(record: Record) -> Iterator[Finding]:
    """Find fault with a page that has not the rows its own total and size give it."""
    reading = record.reading
    if record.items is None or record.total is None or reading.size is None:
        return
    expected = max(0, min(reading.size, record.total - reading.first_row))
    if len(record.items) != expected:
        paging = record.operation.pagination
        where = join(paging.items) if paging else None
        what = f"{rows(expected)}, for the total is {record.total}"
        yield at(record, what, rows(len(record.items)), field=where)
