"""Request headers: the token, and the other headers that the contract requires."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.describing import joined
from ...spec.documents.pointers import elements, join
from ...spec.secrets.masking import MASK
from ..records.credentials import credentials
from ..records.finding import Finding, answer_of, at
from ..records.parsed_request import Kind
from . import subjects
from .expectations import error_response, observe
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.evidence import Evidence
    from ..records.record import Record
    from .registry import Rule

# A shorter token, or one of letters alone, may be a word of an ordinary message.
SHORTEST_SECRET = 12
_DENIED = {401, 403}


def _with_valid_token(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Valid requests, including those that were rejected once and accepted another time."""
    yield from subjects.default(evidence, rule)
    yield from (r for r in evidence.every_answer if r.number in evidence.repeats.failed)


@rule(
    "security.valid",
    of=_with_valid_token,
    uncovered="no valid request was sent",
    by_head=True,
)
def valid_token_is_accepted(record: Record) -> Iterator[Finding]:
    """Only a rejected token counts: other rules report other failures."""
    if record.status in _DENIED and record.reading.is_valid:
        yield at(record, "a success response, because the token is valid")


@rule(
    "security.missing",
    of=subjects.in_condition,
    uncovered="no request without the token was sent",
)
def missing_token_is_rejected(record: Record) -> Iterator[Finding]:
    """The document marks the header as required."""
    if record.status in _DENIED and not record.items:
        return
    if record.is_error_by_body and not record.is_error_status:
        return  # rejected, but with a success status: another rule reports that
    yield at(record, error_response(record).replace("4xx", "401 or 403"))


_Reuse = tuple["Record", "Record | None", "list[Record]"]


@subjects.invalid
def _on_used_connections(evidence: Evidence, _rule: Rule) -> Iterator[_Reuse]:
    """Requests without a valid token, what was sent before them, and the same ones sent alone.

    If the server ends every connection after one response, nothing was sent before any of them.
    """
    admitted = evidence.admitted
    most_used = Counter(r.exchange.connection for r in evidence.records).most_common(1)
    ends_all = bool(most_used) and most_used[0][0] > 0 and most_used[0][1] == 1
    for record in evidence.answered:
        if record.number in admitted:
            alone = [r for r in evidence.same_as(record) if r is not record]
            yield record, admitted[record.number], alone
        elif ends_all and not record.reading.has_valid_token:
            yield record, None, []


@rule(
    "security.connection",
    of=_on_used_connections,
    uncovered="no request without a valid token was sent on a connection that carried one before",
)
def token_counts_for_one_request(subject: _Reuse) -> Iterator[Finding]:
    """A request that is accepted on a connection of its own, too, is what other rules report."""
    record, before, alone = subject
    rejected_alone = any(other.is_error_response for other in alone)
    if before is None or record.is_error_response or not rejected_alone:
        return
    expected = f"{error_response(record)}, as on a connection of its own"
    where = f"on the connection that carried a valid token in request {before.number}"
    yield replace(at(record, expected, f"{answer_of(record)}, {where}"), before=before)


@rule(
    "security.code",
    of=subjects.rejected_tokens,
    uncovered="there was no error response for a missing or wrong token",
)
def code_says_that_the_token_is_rejected(record: Record) -> Iterator[Finding]:
    """The contract's example has such a code (decision D5)."""
    form = record.contract.error
    code = form.code_of(record.body) if form else None
    # A code that gRPC does not have is reported as a message of the wrong form.
    if form is not None and code in form.statuses and code not in form.denied:
        yield at(record, f"the code {joined(list(form.denied))}", str(code))


@subjects.invalid
def _carrying_secrets(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    return evidence.where(lambda r: r.is_error and bool(_secrets(r)))


@rule(
    "security.secret",
    of=_carrying_secrets,
    uncovered="there was no error response for a token that differs from ordinary words",
)
def error_does_not_repeat_the_token(record: Record) -> Iterator[Finding]:
    """Error messages end up in logs and screenshots."""
    response = record.response
    if response is None:
        return
    expected = "an error response without the token"
    # In a response, every token has the same mask, whatever tells it apart in a request.
    for secret in dict.fromkeys((*_secrets(record), MASK)):
        header = next((name for name, value in response.headers if secret in value), None)
        if secret.encode("utf-8", "replace") in response.body:
            inside = (place for place, text in elements(record.body) if _holds(text, secret))
            field = next(map(join, inside), None)
            yield at(record, expected, "a body that contains the token", field=field or None)
        elif header is not None:
            yield at(record, expected, f"the token in the header {header}")


def _holds(value: object, text: str) -> bool:
    return isinstance(value, str) and text in value


def _secrets(record: Record) -> list[str]:
    request, schemes = record.exchange.request, record.operation.schemes
    given = [secret for scheme in schemes for secret in credentials(scheme, request)]
    # Of a token that is almost valid, the part that is masked is all that tells it.
    masked = (MASK if secret.startswith(MASK) else secret for secret in given)
    return [secret for secret in masked if secret == MASK or _is_telling(secret)]


def _is_telling(secret: str) -> bool:
    return len(secret) >= SHORTEST_SECRET and any(c.isdigit() for c in secret)


@rule(
    "header.accepted",
    of=subjects.default,
    uncovered="no valid request with all documented headers was sent",
    by_head=True,
)
def documented_headers_are_accepted(record: Record) -> Iterator[Finding]:
    """A GET has no body for Content-Type to describe, and may carry it all the same (D1)."""
    headers = record.operation.required_headers
    accepted = {c.element for c in record.reading.conditions if c.aspect == "header.accepted"}
    if record.status in {400, 406, 415} and all(f"header {h.name}" in accepted for h in headers):
        names = joined([header.name for header in headers], "and")
        yield at(record, f"a success response, because {names} have the documented values")


def _left_open(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Requests whose only deviation is that one header is missing or has another value."""
    for record in evidence.answered:
        deviations = [
            condition
            for condition in record.reading.conditions
            if condition.kind is not Kind.VALID
            or (condition.aspect.startswith("header.") and condition.name != "accepted")
        ]
        if len(deviations) == 1 and rule.is_about(deviations[0]):
            yield record


# The document contradicts itself here (decision D1).
rule(
    "header.missing",
    "header.other",
    of=_left_open,
    uncovered="no request with the header missing or of another format was sent",
)(observe)
