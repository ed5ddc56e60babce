"""Parameters: the page, its size, and the value in the path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ...spec.model.lists import Oversize, UnknownList
from ..evidence.walk import list_of
from ..records.credentials import split_query
from ..records.finding import Finding, answer_of, at, nouns_of
from . import subjects
from .expectations import (
    error_response,
    is_unreadable_success,
    must_be_empty,
    must_be_rejected,
    must_have_error_body,
    must_have_requested_rows,
    observe,
)
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.parameters import Parameter
    from ..evidence.evidence import Evidence
    from ..records.record import Record
    from .registry import Rule

_HOSTILE = "parameter.hostile"
_NOT_HOSTILE = "no request with a hostile value in the path was sent"


@rule(
    "parameter.atMaximum",
    "parameter.atMinimum",
    "parameter.between",
    of=subjects.valid_in_condition,
    uncovered="no page of such a size was requested",
    by_page=True,
)
def size_is_accepted(record: Record) -> Iterator[Finding]:
    """The bounds themselves are allowed."""
    if not record.is_success:
        yield at(record, "a success response with status 200")
    yield from must_have_requested_rows(record)


@rule(
    "parameter.aboveMaximum",
    of=subjects.in_condition,
    uncovered="no request with a value above the maximum was sent",
)
def oversize_is_rejected(record: Record) -> Iterator[Finding]:
    """By the contract's policy `clamp`, a success with no more rows than the maximum is right."""
    paging = record.operation.pagination
    if paging is None or paging.oversize is not Oversize.CLAMP or not record.is_success:
        yield from must_be_rejected(record)
    elif len(record.items or ()) > (paging.size.maximum or 0):
        most = paging.nouns.count(paging.size.maximum or 0)
        yield at(record, f"a 4xx error response, or at most {most}")


@rule(
    "parameter.astronomical",
    of=subjects.in_condition,
    uncovered="no request for a page beyond every list was sent",
)
def astronomical_page_is_empty(record: Record) -> Iterator[Finding]:
    """It may always be rejected, as it may be beyond 64 bits (decision D19)."""
    if not record.is_error_response:
        yield from must_be_empty(record)


# The document says nothing of these.
rule(
    "parameter.ambiguous",
    of=subjects.in_condition,
    uncovered="no request with an ambiguous parameter was sent",
)(observe)


@subjects.invalid
def _of_no_list(evidence: Evidence, rule: Rule) -> Iterator[tuple[Record, bool]]:
    """Records of lists that do not exist, each with whether it has rows of a list that does.

    A hostile value may name a list that the server really has: only rows of a list that was read
    give a server away.
    """
    for record in subjects.in_condition(evidence, rule):
        yield record, False
    hostile = evidence.where(lambda r: r.reading.only(_HOSTILE) is not None)
    with_rows = [record for record in hostile if record.is_success and record.keys]
    if with_rows:
        known = {key for walk in evidence.walks for _, key in walk.keyed()}
        yield from ((record, True) for record in with_rows if known.intersection(record.keys))


@rule(
    "parameter.unknown",
    of=_of_no_list,
    uncovered="no request for a list that does not exist was sent",
)
def unknown_list_has_no_rows(subject: tuple[Record, bool]) -> Iterator[Finding]:
    """What `unknownList` of the contract says: an error response, or a total of 0 (decision D9)."""
    record, has_rows_of_another = subject
    paging = record.operation.pagination
    policy = paging.unknown_list if paging else UnknownList.ANY
    if has_rows_of_another:
        nouns = nouns_of(record.operation)
        expected = f"no {nouns.rows} of another {nouns.list}"
        yield at(record, expected, f"{answer_of(record)} of another {nouns.list}")
        return
    if policy is UnknownList.REFUSE:
        yield from must_be_rejected(record)
        return
    if is_unreadable_success(record) or (record.is_error_response and policy is UnknownList.ANY):
        return
    if not record.is_success or record.items is None or record.items or record.total:
        total = f" and a total of {record.total}" if record.is_success and record.total else ""
        expected = "200 with a total of 0 and an empty array"
        if policy is UnknownList.ANY:
            expected = f"{error_response(record)}, or {expected}"
        yield at(record, expected, f"{answer_of(record)}{total}")


@subjects.tied
def _hostile(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    return evidence.where(lambda r: any(map(rule.is_about, r.reading.conditions)))


@rule(_HOSTILE, of=_hostile, uncovered=_NOT_HOSTILE, by_head=True)
def hostile_value_causes_no_server_error(record: Record) -> Iterator[Finding]:
    """Whether it is rejected or not found is left open."""
    if record.is_server_error:
        yield at(record, "a status below 500")


# What RFC 3986 allows in a path: a server may reject anything else before it looks at the path.
_URI = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+")


@subjects.invalid
def _rejected_hostile(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    return evidence.where(
        lambda r: r.reading.only(_HOSTILE) is not None,
        lambda r: r.is_error,
        lambda r: _URI.fullmatch(r.exchange.request.target) is not None,
    )


@rule(
    "parameter.errorResponse",
    of=_rejected_hostile,
    uncovered="there was no error response to a hostile value in the path",
)
def rejected_hostile_value_gets_the_error_body(record: Record) -> Iterator[Finding]:
    """The first mistake in the body is reported."""
    if not record.is_server_error:
        yield from must_have_error_body(record)


class LeftOut(NamedTuple):
    """A request without a parameter that has a default, and one with it, if there is one."""

    record: Record
    parameter: Parameter
    given: Record | None


@subjects.several
def _left_out(evidence: Evidence, rule: Rule) -> Iterator[LeftOut]:
    valid = [r for r in evidence.answered if r.reading.is_valid and r.operation.pagination]
    for operation in {record.operation.id: record.operation for record in valid}.values():
        for parameter in operation.located("query"):
            if parameter.requirements.get("default") != rule.requirement:
                continue
            mine = [record for record in valid if record.operation is operation]
            given = {_page_of(r): r for r in mine if r.is_success and _sends(r, parameter)}
            for record in mine:
                shown = given.get(_page_of(record))
                if not _sends(record, parameter) and (shown or not record.is_success):
                    yield LeftOut(record, parameter, shown)


def _page_of(record: Record) -> tuple[object, ...]:
    return (list_of(record), record.reading.page, record.reading.size)


def _sends(record: Record, parameter: Parameter) -> bool:
    return any(name == parameter.name for name, _ in split_query(record.exchange.request.query))


@rule(
    "parameter.default",
    of=_left_out,
    uncovered="no page was requested with the parameter and without it",
)
def a_missing_parameter_has_its_default(subject: LeftOut) -> Iterator[Finding]:
    """The same rows in the same order are returned."""
    record, parameter, given = subject
    default = f"{parameter.name}={parameter.schema.get('default')}"
    rows = nouns_of(record.operation).rows
    if not record.is_success:
        yield at(record, f"a success response, as with {default}")
    elif given is not None and record.keys != given.keys:
        expected = f"the same {rows} as with {default}, which request {given.number} got"
        yield at(record, expected, f"{nouns_of(record.operation).count(len(record.keys))}")
