"""Expected lists: what a team wrote down about its lists, compared with what they showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ....spec.describing import actual
from ....spec.documents.pointers import join
from ...evidence.expectation import Expectation, Kind
from ...evidence.walk import list_of
from ...records.credentials import variable_in
from ...records.finding import Finding, at, at_row, nouns_of
from ...records.parsed_request import ANOTHER_TOKEN
from ..expectations import is_unreadable_success
from ..registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...evidence.evidence import Evidence
    from ...evidence.walk import Position, Walk
    from ...records.record import Record
    from ..registry import Rule

_UNAUTHORIZED = 401


class ExpectedList(NamedTuple):
    """An expectation, and the requests for its list that show whether it is met.

    `walks` are those through the list, with the token of the run.
    """

    expectation: Expectation
    records: list[Record]
    walks: list[Walk]

    @property
    def is_shown(self) -> bool:
        """Whether the run showed enough of the list."""
        if self.expectation.kind is Kind.HIDDEN_FROM:  # rows that do not exist are hidden, too
            return bool(self.records) and any(walk.total for walk in self.walks)
        if self.expectation.kind is not Kind.KEYS or not any(r.is_success for r in self.records):
            return bool(self.records)
        return any(walk.is_complete for walk in self.walks) or bool(self.surplus)

    @property
    def surplus(self) -> dict[object, Position]:
        """The keys that were not expected, with their positions."""
        expected = set(self.expectation.value)
        found = ((key, at) for walk in self.walks for at, key in walk.keyed())
        positions: dict[object, Position] = {}
        for key, position in found:
            if key not in expected:
                positions.setdefault(key, position)
        return positions

    @property
    def missing(self) -> list[object]:
        """The keys that are not in any walk, if one is complete."""
        if not any(walk.is_complete for walk in self.walks):
            return []
        found = {key for walk in self.walks for _, key in walk.keyed()}
        return [key for key in self.expectation.value if key not in found]


def expected_list(evidence: Evidence, expectation: Expectation) -> ExpectedList:
    """Return what a run showed of the list of an expectation."""
    mine = [r for r in evidence.answered if list_of(r) == expectation.list_id]
    if expectation.is_about_another_token:
        others = [r for r in mine if r.reading.only(ANOTHER_TOKEN)]
        records = [
            record
            for record in others
            if variable_in(record.exchange.request, record.operation.schemes) == expectation.value
        ]
    else:
        records = [r for r in mine if r.reading.is_valid]
    walks = [w for w in evidence.walks if w.list_id == expectation.list_id]
    return ExpectedList(expectation, records, walks)


def _expected(evidence: Evidence, rule: Rule) -> Iterator[ExpectedList]:
    if not evidence.expectations:
        return
    pagings = {operation.id: operation.pagination for operation in evidence.contract.operations}
    for expectation in evidence.expectations:
        paging = pagings[expectation.operation]
        found = expected_list(evidence, expectation)
        if paging and paging.requirements.get("expected") == rule.requirement and found.is_shown:
            yield found


@rule(
    "pagination.expected",
    of=_expected,
    uncovered="no list of the expectation file was read",
)
def list_is_as_expected(subject: ExpectedList) -> Iterator[Finding]:
    """The first deviation from each expectation is reported."""
    expectation, records, _ = subject
    nouns, stated = nouns_of(records[0].operation), f"as {expectation.place} states"
    if expectation.kind is Kind.HIDDEN_FROM:
        what = f"no {nouns.rows} for this token, {stated}: 403, 404, or 200 with a total of 0"
        yield from [at(record, what) for record in records if not _shows_nothing(record)][:1]
    elif expectation.kind is Kind.VISIBLE_TO:
        shown = any(record.is_success and record.items for record in records)
        yield from () if shown else [at(records[0], f"{nouns.rows} for this token, {stated}")]
    elif expectation.kind is Kind.TOTAL:
        yield from _total(expectation, records, stated)
    else:
        yield from _keys(subject, stated)


def _shows_nothing(record: Record) -> bool:
    """Whether a response has no rows; 401 says that the token is not valid at all (decision D9)."""
    if record.is_success:
        return is_unreadable_success(record) or (record.items == [] and not record.total)
    return record.is_error_response and record.status != _UNAUTHORIZED


def _total(expectation: Expectation, records: list[Record], stated: str) -> Iterator[Finding]:
    count = nouns_of(records[0].operation).count(expectation.value)
    totals = [record for record in records if record.total is not None]
    if not totals:
        yield at(records[0], f"a total of {count}, {stated}")
    for record in totals:
        paging = record.operation.pagination
        if paging is not None and record.total != expectation.value:
            field = join(paging.total_items)
            yield at(record, f"a total of {count}, {stated}", str(record.total), field=field)
            return


def _keys(subject: ExpectedList, stated: str) -> Iterator[Finding]:
    expectation, records, _ = subject
    nouns = nouns_of(records[0].operation)
    expected = f"{nouns.count(len(expectation.value))}, {stated}"
    if not any(record.is_success for record in records):
        yield at(records[0], expected)
    for (key, position), *others in [list(subject.surplus.items())] if subject.surplus else []:
        more = f", and {len(others)} more that are not among them" if others else ""
        yield at_row(position, f"one of {expected}", f"{actual(key)}{more}")
    if missing := subject.missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield at(records[0], f"exactly {expected}", f"a list without {actual(missing[0])}{more}")
