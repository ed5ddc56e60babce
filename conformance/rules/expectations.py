"""Expectations that rules of several sections share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import actual
from ...spec.documents.pointers import join
from ...spec.model.lists import PastEnd
from ..records.finding import Finding, answer_of, at, quoted_sentence
from ..records.record import WITHOUT_BODY
from . import subjects
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..records.record import Record

_REJECTED = {
    "security.unknown": "an unknown token",
    "security.empty": "an empty token",
    "security.nearMiss": "an almost valid token",
    "security.everywhere": "an invalid token for a later page or another page size",
    "parameter.missing": "the parameter missing",
    "parameter.malformed": "a parameter of the wrong type",
    "parameter.lenient": "a parameter that is an integer to some languages only",
    "parameter.belowMinimum": "a parameter below its minimum",
    "parameter.outside": "a parameter with a value that is not listed",
}
"""Aspects whose requests must get an error response, with what such a request has."""


def must_be_rejected(record: Record, alternative: str = "") -> Iterator[Finding]:
    """Yield a finding for a response that is no 4xx error response, or has rows (decision D3)."""
    if not record.is_error_response:
        yield at(record, f"{error_response(record)}{alternative}")


for _aspect, _request in _REJECTED.items():
    rule(
        _aspect,
        of=subjects.in_condition,
        uncovered=f"no request with {_request} was sent",
    )(must_be_rejected)


def error_response(record: Record) -> str:
    """Return the expectation of an error response in words."""
    listing = record.operation.listing
    return f"a 4xx error response{f' without {listing.nouns.rows}' if listing else ''}"


def must_have_requested_rows(record: Record) -> Iterator[Finding]:
    """Yield a finding for a page without the number of rows that its total and size make.

    A page that a cursor leads to may have fewer.
    """
    reading, paging = record.reading, record.operation.pagination
    cursors, size = record.operation.cursors, reading.size
    if cursors is not None and size is not None and len(record.items or ()) > size:
        count = cursors.nouns.count
        what, got = f"at most {count(size)}", count(len(record.items or ()))
        yield at(record, what, got, field=join(cursors.items))
    if paging is None or record.items is None or record.total is None or reading.size is None:
        return
    rows = max(0, min(reading.size, record.total - reading.first_row))
    if len(record.items) != rows:
        count = paging.nouns.count
        what = f"{count(rows)}, because the total is {record.total}"
        yield at(record, what, count(len(record.items)), field=join(paging.items))


def must_be_empty(record: Record) -> Iterator[Finding]:
    """Yield a finding unless a page past the last one gets what `pastEnd` of the contract says.

    By default that is a success without rows, or an error response (decision D8).
    """
    paging = record.operation.pagination
    policy = paging.past_end if paging else PastEnd.ANY
    if policy is PastEnd.REFUSE:
        yield from must_be_rejected(record)
        return
    if is_unreadable_success(record) or (record.is_error_response and policy is PastEnd.ANY):
        return
    if not record.is_success or record.items is None or record.items:
        field, got = None, answer_of(record)
        is_read = record.is_success and record.document.readable
        if is_read and record.items is None and paging:
            field, got = join(paging.items), f"{record.status} with {_in_place_of_items(record)}"
        other = ", or a 4xx error response" if policy is PastEnd.ANY else ""
        yield at(record, f"200 with an empty array{other}", got, field=field)


def is_unreadable_success(record: Record) -> bool:
    """Whether the rows of a success cannot be read; another rule reports that.

    No other rule reports a status without a body, unless the contract declares it.
    """
    has_body = record.json_media is not None
    is_known = has_body or record.operation.response_for(record.status) is not None
    return record.is_success and not record.document.readable and is_known


def _in_place_of_items(record: Record) -> str:
    value = record.body
    paging = record.operation.pagination
    for part in paging.items if paging else ():
        if not isinstance(value, dict) or part not in value:
            return "no such member"
        value = value[part]
    return f"{actual(value)} instead"


def must_have_media_type(record: Record) -> Iterator[Finding]:
    """Yield a finding for a content type that the contract does not list for this response."""
    declared, response = record.operation.response_for(record.status), record.response
    if declared is None and not record.is_error_status:
        declared = record.operation.success
    if declared is None or not declared.media or response is None:
        return
    if record.status not in WITHOUT_BODY and declared.media_for(response.media_type) is None:
        stated = ", ".join(response.header_values("Content-Type")) or "no Content-Type"
        yield at(record, f"Content-Type {' or '.join(declared.media)}", stated)


def must_have_error_body(record: Record) -> Iterator[Finding]:
    """Yield a finding for an error response without the contract's error body."""
    form = record.contract.error
    if form is None:
        return
    document = record.document
    if document.problem is not None:
        got = quoted_sentence(document.problem) if document.readable else None
        yield at(record, "the contract's error body, as JSON", got)
        return
    for violation in form.schema.violations(record.body)[:1]:
        yield at(record, violation.expected, violation.actual, field=violation.pointer or None)


def observe(record: Record) -> Iterator[Finding]:
    """Yield what was returned where the contract leaves the response open."""
    yield at(record, "any response")
