"""Cursors: where the pages of a list lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....spec.describing import actual
from ....spec.documents.pointers import join
from ...records.finding import Finding, answer_of, at
from .. import subjects
from ..registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...evidence.chain import Chain
    from ...evidence.evidence import Evidence
    from ...records.record import Record
    from ..registry import Rule


@subjects.several
def _read_on(evidence: Evidence, _rule: Rule) -> Iterator[Chain]:
    chains = (chain for chain in evidence.chains if chain.paging.cursor is not None)
    return (chain for chain in chains if chain.again or chain.is_complete)


@rule(
    "pagination.ends",
    of=_read_on,
    uncovered="no list with cursors was read from its first page to its last one",
)
def cursors_lead_to_the_end(chain: Chain) -> Iterator[Finding]:
    """No cursor leads back to a page that was read before."""
    record, paging = chain.again, chain.paging
    if record is None:
        return
    cursor = paging.next_of(record.body)
    own = record.reading.values.get(paging.cursor.name) if paging.cursor else None
    where = "the page itself" if str(own) == cursor else "a page that was read before"
    expected = "the cursor of a page that was not read yet, or none"
    field = join(paging.next or (paging.items if paging.more is None else paging.more))
    yield at(record, expected, f"{actual(cursor)}, which leads to {where}", field=field)


def _continued(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """The requests with a cursor that a response returned."""
    for chain in evidence.chains:
        returned = {chain.paging.next_of(record.body) for record in chain.records}
        cursor = chain.paging.cursor
        for record in evidence.answered:
            if record.operation is chain.operation and cursor is not None:
                value = record.reading.values.get(cursor.name)
                reading = record.reading
                same = reading.collection == chain.collection and reading.reads_a_list
                if same and value is not None and str(value) in returned:
                    yield record


@rule(
    "pagination.continues", of=_continued, uncovered="no response returned a cursor that was used"
)
def a_returned_cursor_is_accepted(record: Record) -> Iterator[Finding]:
    """A cursor that a response returned leads to a page."""
    if not record.is_success:
        yield at(record, "a page, as the cursor was returned", answer_of(record))
