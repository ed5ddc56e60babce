"""Headers: the token, and the two headers the document asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...spec.describing import joined
from ...spec.source import join
from ..evidence.credentials import MASK, credentials
from ..evidence.finding import Finding, answer_of, at
from ..evidence.parsed_request import Kind
from . import subjects
from .refusing import must_be_refused
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record

# A token shorter than this, or of letters alone, may be a word of an honest message.
SHORTEST_SECRET = 12


def _with_valid_token(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Correct requests, also those that were refused once and not when they were repeated."""
    yield from subjects.usual(evidence, requirement)
    yield from (r for r in evidence.every_answer if r.number in evidence.intermittent)


@rule(
    "AUTH-01",
    of=_with_valid_token,
    expects="a valid raw token is accepted",
    needs="a correct request with a valid token",
)
def valid_token_is_accepted(record: Record) -> Iterator[Finding]:
    """Only what refuses the token counts: other failures have rules of their own."""
    if record.status in {401, 403} and record.reading.is_plain:
        yield at(record, "a success, for the token is valid and sent raw")


@rule(
    "AUTH-02",
    of=subjects.in_situation,
    expects="a missing token is refused with 401 or 403",
    needs="a request without the token",
)
def missing_token_is_refused(record: Record) -> Iterator[Finding]:
    """The document marks the header as required."""
    if record.status not in {401, 403} or record.items:
        if record.is_error_by_body and not record.is_error_status:
            return  # refused, but with the status of a success: ERR-05 says so
        yield at(record, "401 or 403 that shows nobody")


@rule(
    "AUTH-03",
    "AUTH-04",
    "AUTH-05",
    "AUTH-06",
    of=subjects.in_situation,
    expects="a token that is not exactly a valid one is refused",
    needs="a request with such a token",
)
def wrong_token_is_refused(record: Record) -> Iterator[Finding]:
    """Unknown, empty or nearly right, on the first page and on any other."""
    yield from must_be_refused(record)


@rule(
    "AUTH-07",
    of=subjects.refused_tokens,
    expects="the code of a refused token says so",
    needs="a refusal of a missing or wrong token",
)
def code_of_refused_token(record: Record) -> Iterator[Finding]:
    """The example of the document has PermissionDenied (decision D5)."""
    form = record.contract.error
    code = form.code_of(record.body) if form else None
    # A code that gRPC does not have is a matter of the message's form.
    if form is not None and code in form.statuses and code not in form.denied:
        yield at(record, f"the code {joined(list(form.denied))}", str(code))


@subjects.odd
def _carrying_secrets(evidence: Evidence, requirement: str) -> Iterator[Record]:
    del requirement
    return evidence.where(lambda r: r.is_error and bool(_secrets(r)))


@rule(
    "AUTH-08",
    of=_carrying_secrets,
    expects="no error repeats the token",
    needs="an error to a request whose token could be told from ordinary words",
)
def errors_keep_the_token(record: Record) -> Iterator[Finding]:
    """What stands in an error ends in logs and screenshots."""
    response = record.response
    if response is None:
        return
    expected = "an error without the token in it"
    for secret in _secrets(record):
        header = next((name for name, value in response.headers if secret in value), None)
        if secret.encode("utf-8", "replace") in response.body:
            where = _holding(record.body, secret)
            field = None if where is None else join(where)
            yield at(record, expected, "a body that repeats the token", field=field or None)
        elif header is not None:
            yield at(record, expected, f"the header {header}, which repeats the token")


def _holding(value: Any, text: str) -> tuple[str, ...] | None:
    """Give the place of the first member that holds a text, None where none does."""
    if isinstance(value, str):
        return () if text in value else None
    members = value.items() if isinstance(value, dict) else ()
    elements = enumerate(value) if isinstance(value, list) else ()
    for name, inner in (*members, *elements):
        found = _holding(inner, text)
        if found is not None:
            return (str(name), *found)
    return None


def _secrets(record: Record) -> list[str]:
    query = record.exchange.request.target.decode("latin-1").partition("?")[2]
    schemes = [scheme for each in record.operation.security for scheme in each]
    given = [s for scheme in schemes for s in credentials(scheme, record.exchange.request, query)]
    # Of a token that is almost valid, the part that is masked is all that tells it.
    masked = (MASK if secret.startswith(MASK) else secret for secret in given)
    return [secret for secret in masked if secret == MASK or _is_telling(secret)]


def _is_telling(secret: str) -> bool:
    return len(secret) >= SHORTEST_SECRET and any(c.isdigit() for c in secret)


@rule(
    "HDR-01",
    of=subjects.usual,
    expects="the headers the document asks for are accepted",
    needs="a correct request with all headers of the document",
)
def documented_headers_are_accepted(record: Record) -> Iterator[Finding]:
    """A GET has no body for Content-Type to describe, and still may carry it (decision D1)."""
    accepted = all(
        any(
            s.element == f"header {h.name}" and s.name == "accepted"
            for s in record.reading.conditions
        )
        for h in record.operation.required_headers
    )
    if accepted and record.status in {400, 406, 415}:
        names = joined([h.name for h in record.operation.required_headers], "and")
        yield at(record, f"a success, for {names} are as the document has them")


def _left_open(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Requests with one header missing or of another format, and nothing else out of the way."""
    for record in evidence.answered:
        headers = {f"header {header.name}" for header in record.operation.required_headers}
        odd = [
            s
            for s in record.reading.conditions
            if s.kind is not Kind.TRAIT or (s.element in headers and s.name != "accepted")
        ]
        if len(odd) == 1 and odd[0].requirement == requirement:
            yield record


@rule(
    "HDR-02",
    "HDR-03",
    "HDR-04",
    of=_left_open,
    expects="observed only",
    needs="a request with the header missing or of another format",
)
def other_headers(record: Record) -> Iterator[Finding]:
    """The document contradicts itself here (decision D1)."""
    yield at(record, "nothing in particular", answer_of(record))
