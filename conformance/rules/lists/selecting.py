"""Selecting: which rows filters and searches return, and the order that a list is sorted in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ....spec.describing import actual
from ....spec.documents.pointers import join, lookup
from ....spec.model.selecting import broken_order
from ...evidence.walk import Walk
from ...records.finding import Finding, at, at_row
from ...records.selected import order_in_words, order_of, request_in_words, selectors_of
from .. import subjects
from ..contract import found_in
from ..registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ....spec.schemas.violations import Violation
    from ...evidence.chain import Chain
    from ...evidence.evidence import Evidence
    from ...records.record import Record
    from ..registry import Rule

Whole: TypeAlias = "Walk | Chain"
Shown: TypeAlias = "tuple[Record, Sequence[Violation]]"


def _shown(evidence: Evidence, rule: Rule) -> Iterator[Shown]:
    """The pages whose rows a parameter selects or sorts, with what is wrong with them."""
    for record in evidence.valid_first:
        judgement = record.judgement if record.operation.selecting else None
        if judgement and judgement.judged[rule.requirement]:
            yield record, [v for v in judgement.violations if v.requirement == rule.requirement]


@rule("parameter.filter", of=_shown, uncovered="no page with rows was requested with it")
def rows_are_selected(shown: Shown) -> Iterator[Finding]:
    """Every row has what a filter or a search asks for."""
    record, violations = shown
    yield from (found_in(record, violation) for violation in violations)


def _first(whole: Whole) -> Record:
    return next(whole.pages)[1] if isinstance(whole, Walk) else whole.records[0]


def _wholes(evidence: Evidence) -> Iterator[Whole]:
    """The lists that did not change while they were read, those without rows as well."""
    yield from (walk for walk in evidence.walks if walk.settled and walk.total is not None)
    yield from evidence.chains


def _sorted(evidence: Evidence, rule: Rule) -> Iterator[Shown | Whole]:
    yield from _shown(evidence, rule)
    for whole in _wholes(evidence):
        sorting = whole.operation.sorting
        tied = sorting is not None and sorting.requirements.get("sort") == rule.requirement
        if tied and order_of(_first(whole).reading):
            yield whole


@rule("parameter.sort", of=_sorted, uncovered="no page with rows was requested with it")
def rows_are_sorted(subject: Shown | Whole) -> Iterator[Finding]:
    """The rows are in the requested order on each page, and from each page to the next."""
    if isinstance(subject, tuple):
        yield from rows_are_selected(subject)
        return
    members, before = order_of(_first(subject).reading), None
    for position, row in subject.rows():
        follows = before is not None and position.index == before[0].index + 1
        if before is not None and follows and position.page != before[0].page:
            member = broken_order(before[1], row, members)
            if member is not None:
                asked = request_in_words(position.record.reading)
                expected = order_in_words(before[1], member, asked)
                place = (*subject.paging.items, str(position.row - 1), *member.place)
                found = f"{actual(lookup(row, member.place))}, which begins page {position.page}"
                yield at_row(position, expected, found, field=join(place))
                return
        before = position, row


class Selected(NamedTuple):
    """A list as a request selects it, and the whole list."""

    some: Whole
    whole: Whole


@subjects.several
def _selected(evidence: Evidence, rule: Rule) -> Iterator[Selected]:
    wholes: dict[object, Whole] = {}
    for each in _wholes(evidence):
        names = each.operation.path_names
        if each.is_complete and all(name in names for name, _ in each.collection):
            wholes.setdefault((each.session, *each.list_id), each)
    for some in _wholes(evidence):
        sent = list(selectors_of(_first(some).reading))
        tied = any(
            (selector.requirements or {}).get("selected") == rule.requirement
            for selector, _ in sent
        )
        names = some.operation.path_names
        path = tuple(pair for pair in some.collection if pair[0] in names)
        whole = wholes.get((some.session, some.operation.id, path))
        if tied and whole is not None and whole is not some:
            yield Selected(some, whole)


@rule(
    "parameter.selected",
    of=_selected,
    uncovered="no list was read in full, and as the parameter selects it",
)
def all_matching_rows_are_returned(subject: Selected) -> Iterator[Finding]:
    """A row of the whole list that a request selects is among the selected rows."""
    some, whole = subject
    first = _first(some)
    sent = list(selectors_of(first.reading))
    nouns, asked = some.paging.nouns, request_in_words(first.reading)
    wanted: dict[Any, int] = {}
    for position, row in whole.rows():
        key = some.paging.key_of(row)
        if key is not None and all(selector.selects(row, value) for selector, value in sent):
            wanted.setdefault(key, position.page)
    shown = {key for _, key in some.keyed()}
    missing = [key for key in wanted if key not in shown]
    if (missing and some.is_complete) or (some.total == 0 and wanted):
        more = f", nor {len(missing) - 1} more" if len(missing) > 1 else ""
        where = f"page {wanted[missing[0]]} of the whole list"
        expected = f"{nouns.count(len(wanted))} by {asked}, as the {nouns.list} as a whole has"
        yield at(first, expected, f"not {actual(missing[0])}, which is on {where}{more}")
    elif some.total is not None and some.total < len(wanted):
        field = join(some.paging.total_items) if some.paging.total_items else None
        expected = f"a total of at least {nouns.count(len(wanted))} by {asked}"
        yield at(first, expected, str(some.total), field=field)
