"""HTTP itself: methods, connections, content codings and times."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.describing import actual, joined
from ...spec.documents.pointers import join
from ..evidence.overlap import Overlapped, overlapped
from ..evidence.repeats import comes_back, sent_alike
from ..http.exchange import FailureKind
from ..records.finding import Finding, answer_of, at, nouns_of, place_of, quoted_sentence
from ..records.parsed_request import CONTENT_CODING, OTHER_METHODS, UNKNOWN_LIST
from . import subjects
from .expectations import must_have_error_body
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..records.record import Record
    from .registry import Rule

_NOT_IMPLEMENTED = 501
_NOT_ALLOWED = 405
_NO_SUCH_LIST = {401, 403, 404}
_CUT_OFF = {FailureKind.TRUNCATED, FailureKind.MALFORMED, FailureKind.DROPPED}
OVERLAP = "operation.overlap"
_IN_CODES = {FailureKind.CODING, FailureKind.UNDECODED}
# Other rules judge these failures.
_NOT_DROPPED = {FailureKind.TIMEOUT, FailureKind.PROXY, *_IN_CODES}


@rule(
    OTHER_METHODS,
    of=subjects.with_other_methods,
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
        subjects.has_only_other_method,
        lambda r: r.is_error_status,
        lambda r: not r.is_server_error or r.status == _NOT_IMPLEMENTED,
    )


@rule(
    "operation.notAllowed",
    of=_rejected_methods,
    uncovered="there was no error response to another method",
)
def rejected_methods_get_405(record: Record) -> Iterator[Finding]:
    """The first mistake of the status, the header and the body is reported.

    A server may look for the list, or for the right to read it, before it looks at the method.
    """
    if record.status in _NO_SUCH_LIST and record.reading.meets(UNKNOWN_LIST):
        yield from must_have_error_body(record)
        return
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


Repeated: TypeAlias = "tuple[list[Record], list[Record]]"


@subjects.several
def _repeated(evidence: Evidence, _rule: Rule) -> Iterator[Repeated]:
    """Valid requests that were sent more than once, byte for byte.

    With them come those of their responses that were read of a list before it changed.
    """
    valid = (
        record
        for record in evidence.records
        if record.reading.is_valid and evidence.is_within(record) and not record.is_put_off
    )
    groups = [records for records in sent_alike(valid).values() if len(records) > 1]
    read = (walk.readings.values() for walk in evidence.walks if walk.settled)
    numbers = [{record.number for record in readings} for pages in read for readings in pages]
    for records in groups:
        still = max(numbers, key=lambda found: sum(r.number in found for r in records), default=())
        yield records, [record for record in records if record.number in still]


@rule(
    "operation.repeatable",
    of=_repeated,
    uncovered="no valid request was sent more than once",
)
def repeated_requests_are_answered_alike(repeated: Repeated) -> Iterator[Finding]:
    """No response has a 5xx status, none is cut off, and all have the same rows.

    Rows may change once, and then stay as they are.
    """
    records, still = repeated
    first = next((r for r in records if r.is_success), records[0])
    for record in records:
        cut_off = record.exchange.failure is not None and record.exchange.failure.kind in _CUT_OFF
        differs = record.response is not None and record.status != first.status
        if cut_off or record.is_server_error or differs:
            expected = f"{answer_of(first)}, as for the same request at another time"
            if first is record:
                expected = "a complete response with a status below 500"
            yield at(record, expected, answer_of(record))
    yield from _other_rows(still)


def _other_rows(records: list[Record]) -> Iterator[Finding]:
    """Yield a finding for each response with other rows than most, if rows go and come back."""
    shown = [tuple(record.keys) for record in records]
    if not comes_back(zip(records, shown, strict=True)):
        return
    (usual, most), (_, second), *_ = Counter(shown).most_common(2)
    reference = records[shown.index(usual)]
    for record, keys in zip(records, shown, strict=True):
        if keys != usual:
            nouns = nouns_of(record.operation)
            row = next(n for n, pair in enumerate(zip_longest(keys, usual)) if pair[0] != pair[1])
            got, expected = _at(keys, row, nouns.row), _at(usual, row, nouns.row)
            if most > second:
                expected += f", as in {most} of {len(records)} responses to this request"
            else:
                got += f", and {expected} in request {reference.number}"
                expected = f"the same {nouns.rows} in all responses to this request"
            yield replace(at(record, expected, got, row=row + 1), is_counted=True)


def _at(keys: tuple[Any, ...], row: int, noun: str) -> str:
    return actual(keys[row]) if row < len(keys) else f"no {noun}"


@rule(
    "operation.connection",
    of=subjects.everything,
    uncovered="no request was sent",
    by_head=True,
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
    by_head=True,
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
    by_head=True,
)
def bodies_are_coded_as_they_say(record: Record) -> Iterator[Finding]:
    """The client has decoded the body, or it could not."""
    failure = record.exchange.failure
    if failure is not None:
        yield at(record, "a body coded as Content-Encoding says", quoted_sentence(failure.message))


@subjects.several
def _under_way_at_once(evidence: Evidence, _rule: Rule) -> list[Overlapped]:
    return overlapped(evidence)


@rule(
    OVERLAP,
    of=_under_way_at_once,
    uncovered="no two requests with different responses were under way at once",
)
def requests_under_way_at_once_get_what_they_get_alone(each: Overlapped) -> Iterator[Finding]:
    """What is wrong is shown with both requests, and with what each of them gets alone."""
    if not each.is_blamed:
        return
    place = each.place
    expected, got = answer_of(each.alone[0]), answer_of(each.record)
    if place is not None:
        expected, got = (actual(value) for value in each.values(place))
    that = ", which gets that alone" if each.is_others else ""
    told = f"{got} while another request was under way ({place_of(each.other)}{that})"
    if not each.was_at_once:
        note = each.other.exchange.note
        told = f"{got}, as another request gets ({place_of(each.other)}{note and ', '}{note})"
    finding = at(
        each.record,
        f"{expected}, as this request gets alone",
        told,
        field=None if place is None else join(place),
    )
    yield replace(finding, beside=each.other)
