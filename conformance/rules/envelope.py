"""Example Success Response: the status, the content type and the JSON around the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evidence.finding import Finding, at, said
from . import subjects
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record


def _without_another_reason(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Correct requests, without those whose token, headers or size are refused.

    These have rules of their own: AUTH-01, HDR-01, and PARAM-05, PARAM-06 and PARAM-10.
    """
    plain = list(subjects.plain(evidence, requirement))
    if all(record.is_success for record in plain):
        yield from plain
        return
    usual = {record.number for record in subjects.usual(evidence, requirement)}
    for record in plain:
        headers = any(s.name == "accepted" for s in record.reading.conditions)
        refused = record.status in _REFUSALS or (
            evidence.reader.bare and headers and record.status in _NOT_BORNE
        )
        if record.is_success or (record.number in usual and not refused):
            yield record


_REFUSALS = {401, 403, 406, 415}
_NOT_BORNE = {400, 406, 415}


@rule(
    "ENV-01",
    of=_without_another_reason,
    expects="a correct request is answered 200",
    needs="a correct request for a page that has rows",
)
def correct_request_is_answered_200(record: Record) -> Iterator[Finding]:
    """Here counts what has no other reason."""
    if record.is_error_by_body and not record.is_error_status:
        return
    expected = record.operation.success
    if expected is not None and expected.status != str(record.status):
        yield at(record, f"status {expected.status}")


@rule(
    "ENV-02",
    of=subjects.successes,
    expects="a success has the content type of the contract",
    needs="a success",
)
def success_is_json_by_its_type(record: Record) -> Iterator[Finding]:
    """Parameters such as a charset may follow."""
    yield from must_have_media_type(record)


def must_have_media_type(record: Record) -> Iterator[Finding]:
    """Find fault with a content type that the contract does not list for this answer."""
    answer = record.operation.answer(record.status) or record.operation.success
    media_type = record.response.media_type if record.response else None
    if answer is not None and answer.media and media_type not in answer.media:
        stated = record.response.header("Content-Type") if record.response else None
        yield at(
            record,
            f"Content-Type {' or '.join(answer.media)}",
            stated or "no Content-Type at all",
        )


@rule(
    "ENV-03",
    of=subjects.successes,
    expects="a success is strict JSON in UTF-8",
    needs="a success",
)
def success_is_strict_json(record: Record) -> Iterator[Finding]:
    """RFC 8259, read by a parser that forgives nothing."""
    if record.document.problem is not None:
        expected = "one JSON document in UTF-8, as RFC 8259 has it"
        yield at(record, expected, said(record.document.problem))


def _readable(evidence: Evidence, requirement: str) -> Iterator[Record]:
    return (r for r in subjects.successes(evidence, requirement) if r.document.readable)


@rule(
    "ENV-04",
    of=_readable,
    expects="no member name stands twice in an object",
    needs="a success that is JSON",
)
def no_member_stands_twice(record: Record) -> Iterator[Finding]:
    """Parsers disagree on which of the two they keep."""
    for pointer in record.document.repeated:
        yield at(record, "each member once", "the member twice in its object", field=pointer)
