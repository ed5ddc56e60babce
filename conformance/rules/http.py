"""HTTP itself: methods, connections, content codings and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import joined
from ..evidence.finding import Finding, answer_of, at, quoted_sentence
from ..evidence.parsed_request import CONTENT_CODING, OTHER_METHODS
from ..http.exchange import FailureKind
from . import subjects
from .expectations import must_have_error_body
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record
    from .registry import Rule

_NOT_IMPLEMENTED = 501
_NOT_ALLOWED = 405
_CUT_OFF = {FailureKind.TRUNCATED, FailureKind.MALFORMED, FailureKind.DROPPED}
_IN_CODES = {FailureKind.CODING, FailureKind.UNDECODED}
# Other rules judge these failures.
_NOT_DROPPED = {FailureKind.TIMEOUT, *_IN_CODES}


@rule(
    OTHER_METHODS,
    of=subjects.in_condition,
    uncovered="no request with another method was sent",
)
def other_methods_are_rejected(record: Record) -> Iterator[Finding]:
    """Of the 5xx statuses only 501 is right: the server does not know the method."""
    rejected = record.status not in range(200, 300) and not record.is_server_error
    if not rejected and record.status != _NOT_IMPLEMENTED:
        yield at(record, "405, another 4xx status, or 501")


@subjects.invalid
def _rejected_methods(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    return evidence.where(
        lambda r: r.reading.only(OTHER_METHODS) is not None,
        lambda r: r.is_error_status,
        lambda r: not r.is_server_error or r.status == _NOT_IMPLEMENTED,
    )


@rule(
    "operation.notAllowed",
    of=_rejected_methods,
    uncovered="there was no error response to another method",
)
def rejected_methods_get_405(record: Record) -> Iterator[Finding]:
    """The first mistake of the status, the header and the body is reported."""
    if record.status != _NOT_ALLOWED:
        if record.status != _NOT_IMPLEMENTED:
            yield at(record, "405")
        return
    allow = record.response.header("Allow") if record.response else None
    allowed = {method.strip().upper() for method in (allow or "").split(",")}
    path = record.operation.path
    known = {op.method for op in record.contract.operations if op.path == path}
    if not known <= allowed:
        got = "405 without it" if allow is None else repr(allow)
        yield at(record, f"the header Allow with {joined(sorted(known), 'and')}", got)
        return
    yield from must_have_error_body(record)


def _repeated(evidence: Evidence, _rule: Rule) -> Iterator[list[Record]]:
    """Valid requests that were sent more than once, byte for byte."""
    same: dict[object, list[Record]] = {}
    for record in evidence.records:
        if record.reading.is_valid and evidence.is_within(record) and not record.is_put_off:
            request = record.exchange.request
            same.setdefault((request.method, request.target, request.headers), []).append(record)
    return (records for records in same.values() if len(records) > 1)


@rule(
    "operation.repeatable",
    of=_repeated,
    uncovered="no valid request was sent more than once",
)
def repeated_requests_get_the_same_status(records: list[Record]) -> Iterator[Finding]:
    """No response has a 5xx status, and none is cut off."""
    first = next((r for r in records if r.is_success), records[0])
    for count, record in enumerate(records, start=1):
        cut_off = record.exchange.failure is not None and record.exchange.failure.kind in _CUT_OFF
        differs = record.response is not None and record.status != first.status
        if cut_off or record.is_server_error or differs:
            expected = f"{answer_of(first)}, as for the same request at another time"
            if first is record:
                expected = "a complete response with a status below 500"
            yield at(record, expected, f"{answer_of(record)} (request {count} of {len(records)})")


@rule(
    "operation.connection",
    of=subjects.everything,
    uncovered="no request was sent",
)
def connections_are_not_dropped(record: Record) -> Iterator[Finding]:
    """A client can act on a response, even on an error response."""
    exchange, failure = record.exchange, record.exchange.failure
    if exchange.reconnected:
        expected = "a response on the connection that had a response less than a second before"
        got = "the server closed it without announcing that; the request was sent again"
        yield at(record, expected, got)
    if failure is not None and failure.kind not in _NOT_DROPPED:
        yield at(record, "a response", quoted_sentence(failure.message))


@rule(
    "operation.timeLimit",
    of=subjects.everything,
    uncovered="no request was sent",
)
def responses_come_in_time(record: Record) -> Iterator[Finding]:
    """From the first byte of the request to the last one of the response."""
    failure = record.exchange.failure
    if failure is not None and failure.kind is FailureKind.TIMEOUT:
        expected = "a complete response within the time limit"
        yield at(record, expected, quoted_sentence(failure.message))


def _coded(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Responses to requests that accept codings, and all whose coding is wrong."""
    for record in evidence.records:
        failure = record.exchange.failure
        is_wrong = failure is not None and failure.kind is FailureKind.CODING
        if is_wrong or (record.response and record.reading.meets(CONTENT_CODING)):
            yield record


@rule(
    CONTENT_CODING,
    of=_coded,
    uncovered="no request with Accept-Encoding got a response in a coding that can be decoded here",
)
def bodies_are_coded_as_they_say(record: Record) -> Iterator[Finding]:
    """The client has decoded the body, or it could not."""
    failure = record.exchange.failure
    if failure is not None:
        yield at(record, "a body coded as Content-Encoding says", quoted_sentence(failure.message))
