"""The first line of the page: the method, and that there is an answer, every time and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import joined
from ..evidence.finding import Finding, answer_of, at, said
from ..http.exchange import FailureKind
from . import subjects
from .parameters import must_have_the_error_body
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record

_NOT_IMPLEMENTED = 501
_NOT_ALLOWED = 405


@rule(
    "HTTP-01",
    of=subjects.in_situation,
    expects="a method that is not in the contract is refused",
    needs="a request with another method",
)
def other_methods_are_refused(record: Record) -> Iterator[Finding]:
    """Of the 5xx only 501, by which a server says that it does not know the method."""
    refused = record.status not in range(200, 300) and not record.is_server_error
    if not refused and record.status != _NOT_IMPLEMENTED:
        yield at(record, "405, another 4xx, or 501")


@subjects.odd
def _refused_methods(evidence: Evidence, requirement: str) -> Iterator[Record]:
    del requirement
    return evidence.where(
        lambda r: r.reading.only("otherMethods") is not None,
        lambda r: r.is_error_status,
        lambda r: not r.is_server_error or r.status == _NOT_IMPLEMENTED,
    )


@rule(
    "HTTP-02",
    of=_refused_methods,
    expects="a refused method is answered 405 with Allow and the error body",
    needs="a refusal of another method",
)
def refused_methods_are_told_which_work(record: Record) -> Iterator[Finding]:
    """One for one: the first thing that is wrong."""
    if record.status != _NOT_ALLOWED:
        if record.status != _NOT_IMPLEMENTED:
            yield at(record, "405")
        return
    allow = record.response.header("Allow") if record.response else None
    allowed = {method.strip().upper() for method in (allow or "").split(",")}
    known = _methods_of(record)
    if not known <= allowed:
        yield at(record, f"the header Allow with {joined(sorted(known), 'and')}", _shown(allow))
        return
    yield from must_have_the_error_body(record)


def _methods_of(record: Record) -> set[str]:
    path = record.operation.path
    return {op.method for op in record.contract.operations if op.path == path}


def _shown(header: str | None) -> str:
    return "405 without it" if header is None else f"{header!r}"


def _repeated(evidence: Evidence, requirement: str) -> Iterator[list[Record]]:
    """Every correct request that was sent more than once, to the byte."""
    del requirement
    same: dict[object, list[Record]] = {}
    for record in evidence.records:
        if record.reading.is_plain and evidence.is_within(record) and not record.is_put_off:
            request = record.exchange.request
            same.setdefault((request.method, request.target, request.headers), []).append(record)
    return (records for records in same.values() if len(records) > 1)


_CUT_OFF = {FailureKind.TRUNCATED, FailureKind.MALFORMED, FailureKind.DROPPED}


@rule(
    "HTTP-03",
    of=_repeated,
    expects="a correct request, repeated, is answered alike every time",
    needs="a correct request that was sent more than once",
)
def repeated_requests_are_answered_alike(records: list[Record]) -> Iterator[Finding]:
    """No 5xx among the answers, none of them cut off."""
    usual = next((r for r in records if r.is_success), records[0])
    for count, record in enumerate(records, start=1):
        cut_off = record.exchange.failure is not None and record.exchange.failure.kind in _CUT_OFF
        answered = record.response is not None
        if cut_off or record.is_server_error or (answered and record.status != usual.status):
            expected = f"{answer_of(usual)}, as for the same request before and after"
            if usual is record:
                expected = "a complete answer below 500"
            yield at(record, expected, f"{answer_of(record)} (time {count} of {len(records)})")


@rule(
    "HTTP-04",
    of=subjects.everything,
    expects="no connection is dropped",
    needs="any request",
)
def connections_are_not_dropped(record: Record) -> Iterator[Finding]:
    """An answer, even a refusal, is what a client can act on."""
    failure = record.exchange.failure
    if failure is not None and failure.kind is not FailureKind.TIMEOUT:
        yield at(record, "an answer", said(failure.message))


@rule(
    "HTTP-05",
    of=subjects.everything,
    expects="every answer comes within the time limit",
    needs="any request",
)
def answers_come_in_time(record: Record) -> Iterator[Finding]:
    """From the first byte of the request to the last one of the answer."""
    failure = record.exchange.failure
    if failure is not None and failure.kind is FailureKind.TIMEOUT:
        yield at(record, "a complete answer within the time limit", said(failure.message))
