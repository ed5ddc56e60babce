"""Success responses: the status, the content type, and the JSON around the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import actual, joined
from ...spec.documents.pointers import join, lookup, split
from ...spec.visible import line
from ..records.finding import Finding, at, quoted_sentence
from . import subjects
from .contract import row_of
from .expectations import must_have_media_type
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..records.record import Record
    from .registry import Rule

_NO_ERROR = range(200, 400)
_OF_NO_ERROR = {"2", "3"}
_REJECTIONS = {401, 403, 406, 415}
_REJECTIONS_OF_HEADERS = {400, 406, 415}


def _without_another_reason(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Valid requests, without those whose token, headers or page size were rejected.

    Other rules report these.
    """
    valid = list(subjects.valid(evidence, rule))
    if all(record.is_success for record in valid):
        yield from valid
        return
    default = {record.number for record in subjects.default(evidence, rule)}
    for record in valid:
        rejected = record.status in _REJECTIONS or (
            evidence.reader.bare
            and record.reading.meets("header.accepted")
            and record.status in _REJECTIONS_OF_HEADERS
        )
        if record.is_success or (record.number in default and not rejected):
            yield record


def _telling(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Without those that are rejected as the contract declares, for all but lists.

    The contract does not say which requests these are: what a request names need not exist.
    """
    for record in _without_another_reason(evidence, rule):
        operation = record.operation
        declared = record.is_client_error and operation.response_for(record.status) is not None
        if operation.pagination is not None or not declared:
            yield record


@rule(
    "operation.accepted",
    of=_telling,
    uncovered="no valid request got more than an error response, which the contract allows",
    by_head=True,
)
def valid_request_has_the_success_status(record: Record) -> Iterator[Finding]:
    """Only what has no other reason counts."""
    if record.is_error_by_body and not record.is_error_status:
        return
    operation = record.operation
    is_declared = operation.response_for(record.status) is not None or not operation.responses
    if record.status not in _NO_ERROR or not is_declared:
        declared = [status for status in sorted(operation.responses) if status[0] in _OF_NO_ERROR]
        yield at(record, f"status {joined(declared)}" if declared else "a status below 400")


rule(
    "operation.contentType",
    of=subjects.successes,
    uncovered="there was no success response",
    by_head=True,
)(must_have_media_type)


def _in_json(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    return (r for r in subjects.successes(evidence, rule) if r.json_media is not None)


@rule(
    "operation.strictJson",
    of=_in_json,
    uncovered="there was no success response in JSON",
    by_head=True,
)
def success_is_strict_json(record: Record) -> Iterator[Finding]:
    """RFC 8259, read by a strict parser."""
    document = record.document
    if document.problem is not None:
        expected = "one JSON document in UTF-8 (RFC 8259)"
        told = quoted_sentence(document.problem)
        if document.near:
            told += f', near "{line(document.near)}"'
        field = join(document.place) or None
        yield at(record, expected, told, row=row_of(record, document.place), field=field)


def _readable(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    found = (*subjects.successes(evidence, rule), *subjects.errors(evidence, rule))
    return (record for record in found if record.document.readable)


@rule(
    "operation.repeatedMembers",
    of=_readable,
    uncovered="there was no response in JSON",
    by_head=True,
)
def no_member_is_repeated(record: Record) -> Iterator[Finding]:
    """Parsers disagree on which of the two they keep."""
    for pointer in record.document.repeated:
        yield at(record, "each member once", "the member twice in its object", field=pointer)


@rule(
    "operation.wholeCharacters",
    of=_readable,
    uncovered="there was no response in JSON",
    by_head=True,
)
def no_surrogate_is_alone(record: Record) -> Iterator[Finding]:
    """Half of a character is an escape that JSON allows, and that many parsers reject."""
    for pointer in record.document.surrogates:
        value = lookup(record.body, split(pointer))
        shown = f" in {actual(value)}" if isinstance(value, str) else ""
        yield at(record, "whole characters", f"half a character{shown}", field=pointer)
