"""Distinct lists: what one list must not show of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.describing import actual
from ...evidence.walk import list_of, name_of
from ...records.derived_names import is_cut_off
from ...records.finding import Finding, answer_of, at, nouns_of
from .. import subjects
from ..registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...evidence.evidence import Evidence
    from ...evidence.walk import ListId, Walk
    from ...records.record import Record
    from ..registry import Rule

# So many rows in the same order are no coincidence.
_TELLING = 10
Owners: TypeAlias = "Mapping[Any, Walk]"


@subjects.invalid
def _derived(evidence: Evidence, rule: Rule) -> Iterator[tuple[Record, Owners]]:
    """Requests for a name that is made from a known one, with the list of each row that was read.

    If no list was read, no row shows that a response is about the known one.
    """
    sent = list(subjects.in_condition(evidence, rule))
    owners: dict[str, dict[Any, Walk]] = {}
    for walk in evidence.walks if sent else ():
        own = owners.setdefault(walk.operation.id, {})
        for _, key in walk.keyed():
            own.setdefault(key, walk)
    for record in sent:
        if rows := owners.get(record.operation.id):
            yield record, rows


@rule(
    "parameter.derived",
    of=_derived,
    uncovered="no request with a name that is made from a known one was sent",
)
def derived_name_does_not_show_the_list(subject: tuple[Record, Owners]) -> Iterator[Finding]:
    """The whole name is compared, and no character of it stands for others.

    The beginning of a name may be the name of another list, which may share rows: only a whole page
    with the same rows and the same total gives a server away.
    """
    record, owners = subject
    if not record.is_success:
        return
    key = next((key for key in record.keys if key in owners), None)
    if key is None:
        return
    walk = owners[key]
    name = name_of(walk.list_id)
    if is_cut_off(name_of(list_of(record)), name) and not _is_the_page_of(record, walk):
        return
    nouns = nouns_of(record.operation)
    expected = f"no {nouns.rows} of {name}"
    yield at(record, expected, f"{answer_of(record)}, among them {actual(key)} of {name}")


def _is_the_page_of(record: Record, walk: Walk) -> bool:
    page = walk.readings.get(record.reading.page or 0, [None])[0]
    same_size = record.reading.size == walk.size
    if page is None or not same_size or record.total != walk.total:
        return False
    return len(record.keys) >= _TELLING and record.keys == page.keys


@subjects.several
def _of_several_lists(evidence: Evidence, rule: Rule) -> Iterator[tuple[Walk, ...]]:
    """The walks through several named lists of one operation, at the largest size that all have."""
    operations: dict[str, dict[ListId, dict[int, Walk]]] = {}
    for walk in subjects.settled(evidence, rule):
        lists = operations.setdefault(walk.operation.id, {})
        if walk.list_id in evidence.lists:  # without filters
            lists.setdefault(walk.list_id, {}).setdefault(walk.size, walk)
    for lists in operations.values():
        shared = set.intersection(*(set(sizes) for sizes in lists.values())) if lists else set()
        if len(lists) > 1 and shared:
            walks = [sizes[max(shared)] for sizes in lists.values()]
            long = tuple(walk for walk in walks if len(_in_order(walk)) >= _TELLING)
            if len(long) > 1:
                yield long


@rule(
    "pagination.distinct",
    of=_of_several_lists,
    uncovered=f"no two lists with {_TELLING} or more rows were read",
)
def lists_have_rows_of_their_own(walks: tuple[Walk, ...]) -> Iterator[Finding]:
    """Two lists may share rows; the same ones in the same order tell that the name is ignored."""
    known: dict[object, Walk] = {}
    for walk in walks:
        order = _in_order(walk)
        first = known.setdefault((walk.total, *list(order.values())[:_TELLING]), walk)
        others = _in_order(first)
        both = order.keys() & others.keys()
        if first is not walk and all(order[index] == others[index] for index in both):
            _, record = next(walk.pages)
            nouns = nouns_of(walk.operation)
            expected = f"other {nouns.rows} than in {name_of(first.list_id)}"
            yield at(record, expected, f"the same {nouns.count(len(both))} in the same order")


def _in_order(walk: Walk) -> dict[int, Any]:
    return {position.index: key for position, key in walk.keyed()}
