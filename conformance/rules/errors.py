"""Error responses: their form, and the statuses that go with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...spec.describing import joined
from ...spec.documents.pointers import join
from ...spec.visible import cut
from ..http.exchange import FailureKind
from ..records.finding import Finding, at, quoted_sentence
from ..records.parsed_request import OTHER_METHODS
from . import subjects
from .expectations import must_have_media_type
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..records.record import Record
    from .registry import Rule

_NO_ERROR = "there was no error response"

rule("error.form", of=subjects.errors, uncovered=_NO_ERROR)(must_have_media_type)

_NOT_IMPLEMENTED = 501
_LOWEST_ERROR = 400
# Bytes: a page of a framework or a stack trace begins early, and a body may have megabytes.
_LOOKED_THROUGH = 16 * 1024
# What runtimes, databases and frameworks print by default.
_INTERNALS = {
    "a Python stack trace": re.compile(
        r"Traceback \(most recent call last\)|\bFile \"[^\"]+\", line \d+"
    ),
    "a Java stack trace": re.compile(
        r"\bat [\w$.]{1,200}\([\w$]+\.(?:java|kt|scala):\d+\)|\bjava\.\w+\.\w+Exception"
    ),
    "a JavaScript stack trace": re.compile(
        r"\bat (?:[\w.<>\[\] ]{1,120} \()?(?:file://|node:|/)[^\s)]+:\d+:\d+"
    ),
    "a Go stack trace": re.compile(r"\bgoroutine \d+ \[|\bruntime error: |/[\w./-]{1,120}\.go:\d+"),
    "a PHP stack trace": re.compile(r"\bStack trace:\s*#0 |\.php(?:\(\d+\)|:\d+| on line \d+)"),
    "a Ruby stack trace": re.compile(r"\.rb:\d+:in [`']"),
    "a .NET stack trace": re.compile(r"\) in [^\n]{1,200}\.cs:line \d+|\bSystem\.\w*Exception\b"),
    "a database query": re.compile(
        r"\bSELECT\b.{1,400}?\bFROM\b|\bINSERT INTO\b|\bSQLSTATE\b|\bORA-\d{5}\b|\bpsycopg"
        r"|\bsqlalchemy\b|syntax error at or near|You have an error in your SQL syntax"
        r"|\bduplicate key value",
        re.DOTALL,
    ),
    "a source file": re.compile(
        r"(?:/[\w.@+-]{1,80}){2,12}\.(?:[cm]?[jt]sx?|py|rb|java|kt|scala|cs|php|rs|exs?|cpp|c):\d+"
    ),
    "an internal address": re.compile(
        r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}:\d{2,5}\b"
        r"|\b[\w-]{1,63}\.(?:cluster\.local|internal)\b|\bdial (?:tcp|udp|unix)\b"
        r"|\bconnect ECONNREFUSED\b"
    ),
    "an HTML page": re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE),
}


@subjects.invalid
def _ended(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Error responses, and those that were cut off each time, as are responses in their place."""
    yield from subjects.errors(evidence, rule)
    for record in evidence.records:
        failure = record.exchange.failure
        if failure is None or failure.kind is not FailureKind.TRUNCATED:
            continue
        refused = record.reading.is_invalid or (failure.status or 0) >= _LOWEST_ERROR
        is_repeated = record.number not in evidence.repeats.failed
        if refused and is_repeated and subjects.has_prescribed_form(record):
            yield record


@rule("error.complete", of=_ended, uncovered=_NO_ERROR)
def error_response_is_complete(record: Record) -> Iterator[Finding]:
    """Of a body that is cut off, a client can read nothing."""
    failure = record.exchange.failure
    if failure is not None:
        yield at(record, "the contract's error body", quoted_sentence(failure.message))


@subjects.invalid
def _any_error(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    return evidence.where(lambda r: r.is_error)


@rule("error.internals", of=_any_error, uncovered=_NO_ERROR)
def error_shows_no_internals(record: Record) -> Iterator[Finding]:
    """An error response is meant for clients."""
    body = record.response.body[:_LOOKED_THROUGH] if record.response else b""
    text = body.decode("utf-8", "replace")
    # A body that is JSON has its line breaks and quotes escaped.
    text = text.replace("\\n", "\n").replace('\\"', '"').replace("\\/", "/")
    # The client knows the address that it sent the request to.
    for name, value in record.exchange.request.headers:
        if name.lower() == "host":
            text = text.replace(value, "")
    for name, pattern in _INTERNALS.items():
        found = pattern.search(text)
        if found is not None:
            start = max(0, found.start() - 10)
            quote = " ".join(text[start : found.end() + 30].split())
            yield at(record, "a message for clients", f'{name}: "{cut(quote)}"')
            return


@subjects.invalid
def _failed(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Error bodies, and every response to an invalid request that is no success."""
    return evidence.where(
        lambda r: r.is_error_by_body or (r.reading.is_invalid and not r.is_success)
    )


@rule("error.success", of=_failed, uncovered=_NO_ERROR)
def error_has_an_error_status(record: Record) -> Iterator[Finding]:
    """Clients, caches and monitors look at the status alone (decision D3)."""
    if not record.is_error_status:
        by_body = record.is_error_by_body
        yield at(record, "a 4xx or 5xx status with this error body" if by_body else "a 4xx status")


@subjects.invalid
def _with_code(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    for record in subjects.errors(evidence, rule):
        if _code(record) and record.is_error_status:
            yield record


@rule(
    "error.agreement",
    of=_with_code,
    uncovered="there was no error response with a code in its message",
)
def status_agrees_with_the_code(record: Record) -> Iterator[Finding]:
    """By the contract's table of codes and statuses (decision D3)."""
    form, code = record.contract.error, _code(record)
    if form is None or code is None or code not in form.statuses:
        return
    if record.status not in form.statuses[code]:
        statuses = joined([str(status) for status in form.statuses[code]])
        expected = f"status {statuses} for the code {code} in the message"
        yield at(record, expected, f"status {record.status}", field=join(form.message))


def _code(record: Record) -> str | None:
    form = record.contract.error
    return form.code_of(record.body) if form else None


@subjects.invalid
def _any_request(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Every response, but for the successes of valid requests, which are no errors."""
    return (r for r in evidence.every_answer if not (r.reading.is_valid and r.is_success))


@rule("error.blame", of=_any_request, uncovered="no request but valid ones was answered")
def no_request_has_a_server_error(record: Record) -> Iterator[Finding]:
    """Whatever is requested: clients repeat requests after a 5xx status, and monitors alarm.

    Of a method, 501 says that the server does not know it.
    """
    unknown = record.status == _NOT_IMPLEMENTED and record.reading.meets(OTHER_METHODS)
    if record.is_server_error and not unknown:
        yield at(record, "a status below 500")
