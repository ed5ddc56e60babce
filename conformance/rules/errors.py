"""Example Failed Response: the form of failures, and the statuses that go with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...spec.describing import joined
from ...spec.source import join
from ...spec.visible import cut
from ..evidence.finding import Finding, answer_of, at
from . import subjects
from .envelope import must_have_media_type
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record


@rule(
    "ERR-01",
    of=subjects.errors,
    expects="a failure has the content type of the contract",
    needs="a failure",
)
def failure_is_json_by_its_type(record: Record) -> Iterator[Finding]:
    """Parameters such as a charset may follow."""
    yield from must_have_media_type(record)


# A page of a framework or a trace begins early; a server that sends megabytes wastes our time.
_LOOKED_THROUGH = 16 * 1024
# What runtimes, databases and frameworks print when nobody stops them.
_INTERNALS = {
    "a stack trace of Python": re.compile(
        r"Traceback \(most recent call last\)|\bFile \"[^\"]+\", line \d+"
    ),
    "a stack trace of Java": re.compile(
        r"\bat [\w$.]{1,200}\([\w$]+\.(?:java|kt|scala):\d+\)|\bjava\.\w+\.\w+Exception"
    ),
    "a stack trace of JavaScript": re.compile(
        r"\bat (?:[\w.<>\[\] ]{1,120} \()?(?:file://|node:|/)[^\s)]+:\d+:\d+"
    ),
    "a stack trace of Go": re.compile(
        r"\bgoroutine \d+ \[|\bruntime error: |/[\w./-]{1,120}\.go:\d+"
    ),
    "a stack trace of PHP": re.compile(r"\bStack trace:\s*#0 |\.php(?:\(\d+\)|:\d+| on line \d+)"),
    "a stack trace of Ruby": re.compile(r"\.rb:\d+:in [`']"),
    "a stack trace of .NET": re.compile(
        r"\) in [^\n]{1,200}\.cs:line \d+|\bSystem\.\w*Exception\b"
    ),
    "a query of a database": re.compile(
        r"\bSELECT\b.{1,400}?\bFROM\b|\bINSERT INTO\b|\bSQLSTATE\b|\bORA-\d{5}\b|\bpsycopg"
        r"|\bsqlalchemy\b|syntax error at or near|You have an error in your SQL syntax"
        r"|\bduplicate key value",
        re.DOTALL,
    ),
    "a page of a framework": re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE),
}


@subjects.odd
def _any_error(evidence: Evidence, requirement: str) -> Iterator[Record]:
    del requirement
    return evidence.where(lambda r: r.is_error)


@rule(
    "ERR-04",
    of=_any_error,
    expects="a failure shows no internals",
    needs="a failure",
)
def failure_shows_no_internals(record: Record) -> Iterator[Finding]:
    """What a failure says is meant for a client."""
    body = record.response.body[:_LOOKED_THROUGH] if record.response else b""
    text = body.decode("utf-8", "replace")
    # A body that is JSON has its line breaks and quotes escaped.
    text = text.replace("\\n", "\n").replace('\\"', '"')
    for name, pattern in _INTERNALS.items():
        found = pattern.search(text)
        if found is not None:
            start = max(0, found.start() - 10)
            quote = " ".join(text[start : found.end() + 30].split())
            yield at(record, "a text for a client", f'{name}: "{cut(quote)}"')
            return


@subjects.odd
def _failed(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Every answer that is an error by its body, and every answer to a faulty request."""
    del requirement
    return evidence.where(
        lambda r: r.is_error_by_body or (r.reading.is_faulty and not r.is_success)
    )


@rule(
    "ERR-05",
    of=_failed,
    expects="a failure is never answered 2xx or 3xx",
    needs="a failure",
)
def failure_has_the_status_of_one(record: Record) -> Iterator[Finding]:
    """Clients, caches and monitors look at the status and at nothing else (decision D3)."""
    if not record.is_error_status:
        expected = "a status of 4xx or 5xx with this error body"
        if not record.is_error_by_body:
            expected = "a status of 4xx"
        yield at(record, expected, answer_of(record))


@subjects.odd
def _with_code(evidence: Evidence, requirement: str) -> Iterator[Record]:
    for record in subjects.errors(evidence, requirement):
        if _code(record) and record.is_error_status:
            yield record


@rule(
    "ERR-06",
    of=_with_code,
    expects="the status agrees with the code in the message",
    needs="a failure whose message names a code",
)
def status_agrees_with_the_code(record: Record) -> Iterator[Finding]:
    """By the table of the contract (decision D3)."""
    form, code = record.contract.error, _code(record)
    if form is None or code is None or code not in form.statuses:
        return
    if record.status not in form.statuses[code]:
        statuses = joined([str(status) for status in form.statuses[code]])
        where = join(form.message)
        yield at(
            record,
            f"{statuses}, which the code {code} in the message belongs to",
            f"the status {record.status}",
            field=where,
        )


def _code(record: Record) -> str | None:
    form = record.contract.error
    return form.code_of(record.body) if form else None


@subjects.odd
def _blamed(evidence: Evidence, requirement: str) -> Iterator[Record]:
    del requirement
    for record in evidence.answered:
        method = any(s.name == "otherMethods" for s in record.reading.conditions)
        if record.reading.is_faulty and not method:
            yield record


@rule(
    "ERR-07",
    of=_blamed,
    expects="a client's fault is never answered 5xx",
    needs="a request that is wrong in its token or its parameters",
)
def fault_of_the_client_is_no_failure_of_the_server(record: Record) -> Iterator[Finding]:
    """A 5xx is repeated by clients and wakes people at night."""
    if record.is_server_error:
        yield at(record, "a status of 4xx")
