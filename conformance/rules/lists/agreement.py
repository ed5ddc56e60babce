"""Agreement: the same row has the same members in every response that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ....spec.describing import actual, apart
from ...records.finding import Finding, at, nouns_of, place_of
from .. import subjects
from ..registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...evidence.agreement import Deviation, Sighting
    from ...evidence.evidence import Evidence
    from ...records.record import Record
    from ..registry import Rule

Compared: TypeAlias = tuple["Record", "Iterable[Deviation]"]

_ONCE = "no row was returned by two requests"


@subjects.several
def _stable(evidence: Evidence, _rule: Rule) -> Iterator[Compared]:
    return _compared(evidence, stable=True)


@subjects.several
def _others(evidence: Evidence, _rule: Rule) -> Iterator[Compared]:
    return _compared(evidence, stable=False)


def _compared(evidence: Evidence, *, stable: bool) -> Iterator[Compared]:
    """Every response with rows that another one shows, and what it shows otherwise."""
    found = evidence.agreement.deviations(stable=stable)
    for record in evidence.agreement.compared(stable=stable):
        yield record, found.get(record.number, ())


@rule("pagination.stableMembers", of=_stable, uncovered=_ONCE)
@rule("pagination.sameMembers", of=_others, uncovered=_ONCE)
def rows_agree(compared: Compared) -> Iterator[Finding]:
    """No response is called right, unless more of them say the same."""
    record, deviations = compared
    for deviation in deviations:
        yield _finding(record, deviation)


def _finding(record: Record, deviation: Deviation) -> Finding:
    dispute, odd = deviation.dispute, deviation.sighting
    nouns, reference = nouns_of(record.operation), dispute.reference
    about = f"{nouns.row} {actual(record.keys[odd.row - 1])}"
    usual, got = apart(reference.value, odd.value)
    expected = f"one value for {about} in all responses"
    if dispute.usual is not None:
        count, total = dispute.count(reference), len(dispute.sightings)
        expected = f"{usual} for {about}, as in {count} of {total} responses"
        expected += f", such as {_place(reference)}"
    else:
        got += f", and {usual} in {_place(reference)}"
    same = dispute.of_request(odd)
    if len(same) > 1:
        times = sum(each.text == odd.text for each in same)
        got += f" (in {times} of {len(same)} responses to this request)"
    if deviation.count > 1:
        more = nouns.row if deviation.count == 2 else nouns.rows  # noqa: PLR2004 - this one and one
        got += f", and so for {deviation.count - 1} more {more} on this page"
    finding = at(record, expected, got, row=odd.row, field=deviation.field)
    return replace(finding, is_counted=True)


def _place(sighting: Sighting) -> str:
    record = sighting.record
    return f"request {record.number}: {place_of(record)}, row {sighting.row}"
