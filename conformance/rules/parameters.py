"""Parameter: the page, its size, and the value in the path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...spec.describing import actual as shown
from ...spec.model import Oversize
from ..evidence.finding import Finding, answer_of, at
from . import subjects
from .refusing import must_be_honoured, must_be_refused, must_succeed
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record


@rule(
    "PARAM-01",
    "PARAM-02",
    of=subjects.in_situation,
    expects="a request without a required parameter is refused",
    needs="a request without the parameter",
)
def missing_parameter_is_refused(record: Record) -> Iterator[Finding]:
    """There is no default."""
    yield from must_be_refused(record)


@rule(
    "PARAM-03",
    "PARAM-04",
    of=subjects.in_situation,
    expects="a parameter that is no integer is refused",
    needs="a request with a parameter that is no integer",
)
def malformed_parameter_is_refused(record: Record) -> Iterator[Finding]:
    """No part of the text is taken for the number."""
    yield from must_be_refused(record)


@rule(
    "PARAM-05",
    "PARAM-06",
    "PARAM-10",
    of=subjects.with_trait,
    expects="a page size within the bounds is accepted and honoured",
    needs="a page of this size that has rows",
)
def size_is_honoured(record: Record) -> Iterator[Finding]:
    """The bounds themselves are allowed."""
    yield from must_succeed(record)
    yield from must_be_honoured(record)


@rule(
    "PARAM-07",
    of=subjects.in_situation,
    expects="a page size above the maximum is refused",
    needs="a request with a page size above the maximum",
)
def oversize_is_refused(record: Record) -> Iterator[Finding]:
    """Where the contract's policy is to clamp, a success with no more than the maximum will do."""
    paging = record.operation.pagination
    if paging is not None and paging.oversize is Oversize.CLAMP and record.is_success:
        most = paging.size.maximum or 0
        if len(record.items or ()) > most:
            yield at(record, f"a refusal, or at most {most} rows")
        return
    yield from must_be_refused(record)


@rule(
    "PARAM-08",
    "PARAM-09",
    of=subjects.in_situation,
    expects="a parameter below its minimum is refused",
    needs="a request with 0 and one with a negative number",
)
def undersize_is_refused(record: Record) -> Iterator[Finding]:
    """Pages count from 1 (decision D6)."""
    yield from must_be_refused(record)


@rule(
    "PARAM-11",
    of=subjects.in_situation,
    expects="an astronomically large page is refused or empty",
    needs="a request for a page beyond every list",
)
def astronomical_page_is_empty(record: Record) -> Iterator[Finding]:
    """Also one that does not fit 64 bits, which a parser or a database may choke on."""
    yield from must_show_nobody(record)


def must_show_nobody(record: Record) -> Iterator[Finding]:
    """Find fault with an answer that is neither a refusal nor a success with an empty array."""
    if record.is_refusal or _is_unreadable_success(record):
        return
    if not record.is_success or record.items is None or record.items:
        expected = "200 with an empty array, or a refusal of 4xx"
        field = None
        actual = None
        if record.is_success and record.items is None and record.operation.pagination:
            field = "".join(f"/{part}" for part in record.operation.pagination.items)
            actual = f"{record.status} with {_in_place_of_items(record)}"
        yield at(record, expected, actual, field=field)


def _is_unreadable_success(record: Record) -> bool:
    """Whether nobody can say what a success shows: what is wrong with it is said elsewhere."""
    return record.is_success and not record.document.readable


def _in_place_of_items(record: Record) -> str:
    value = record.body
    paging = record.operation.pagination
    for part in paging.items if paging else ():
        if not isinstance(value, dict) or part not in value:
            return "no such member"
        value = value[part]
    return f"{shown(value)} in its place"


@rule(
    "PARAM-12",
    of=subjects.in_situation,
    expects="observed only",
    needs="a request with an ambiguous parameter",
)
def ambiguous_parameter(record: Record) -> Iterator[Finding]:
    """The document says nothing of them."""
    yield at(record, "nothing in particular", answer_of(record))


@subjects.odd
def _of_no_list(evidence: Evidence, requirement: str) -> Iterator[tuple[Record, bool]]:
    """Records of lists that do not exist, each with whether it shows rows of a list that does.

    A hostile value may name a list that a server really has: only those rows give it away.
    """
    for record in subjects.in_situation(evidence, requirement):
        yield record, False
    hostile = evidence.where(lambda r: r.reading.only("hostile") is not None)
    shown = [record for record in hostile if record.is_success and record.keys]
    if shown:
        known = {key for walk in evidence.walks for _, key in walk.keyed()}
        yield from ((record, True) for record in shown if known.intersection(record.keys))


@rule(
    "PATH-01",
    of=_of_no_list,
    expects="an unknown value in the path shows nobody",
    needs="a request for a list that does not exist",
)
def unknown_shows_nobody(asked: tuple[Record, bool]) -> Iterator[Finding]:
    """Refused with 404, or a success with a total of 0 (decision D9)."""
    record, shows_another_list = asked
    if record.is_refusal or _is_unreadable_success(record):
        return
    if shows_another_list:
        yield at(record, "nobody of another list", f"{answer_of(record)} of another list")
        return
    if not record.is_success or record.items is None or record.items or record.total:
        total = f" and a total of {record.total}" if record.is_success and record.total else ""
        expected = "a refusal of 4xx, or 200 with a total of 0 and an empty array"
        yield at(record, expected, f"{answer_of(record)}{total}")


def _hostile(evidence: Evidence, requirement: str) -> Iterator[Record]:
    return evidence.where(lambda r: r.reading.has(requirement))


@rule(
    "PATH-02",
    of=_hostile,
    expects="a hostile value in the path never makes the server fail",
    needs="a request with a hostile value in the path",
)
def hostile_path_is_survived(record: Record) -> Iterator[Finding]:
    """Whether it is refused or found to be nothing is left open."""
    if record.is_server_error:
        yield at(record, "any status below 500")


# What RFC 3986 allows in a path: a server may refuse all else before it knows what is asked.
_URI = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+")


@subjects.odd
def _refused_hostile(evidence: Evidence, requirement: str) -> Iterator[Record]:
    del requirement
    return evidence.where(
        lambda r: r.reading.only("hostile") is not None,
        lambda r: r.is_error,
        lambda r: _URI.fullmatch(r.exchange.request.target) is not None,
    )


@rule(
    "PATH-03",
    of=_refused_hostile,
    expects="the refusal of a hostile value carries the error body",
    needs="a refusal of a hostile value in the path",
)
def hostile_path_gets_the_error_body(record: Record) -> Iterator[Finding]:
    """One for one: the first thing that is wrong with the body."""
    if not record.is_server_error:
        yield from must_have_the_error_body(record)


def must_have_the_error_body(record: Record) -> Iterator[Finding]:
    """Find fault with an error that has not the contract's body."""
    form = record.contract.error
    if form is None:
        return
    if not record.document.readable:
        yield at(record, "the error body of the contract, as JSON")
        return
    for violation in form.schema.violations(record.body)[:1]:
        yield at(record, violation.expected, violation.actual, field=violation.pointer or None)
