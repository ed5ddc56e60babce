"""Subjects: the parts of the evidence that rules judge.

Each function takes the evidence and the rule that judges it. Most do not need the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..records.parsed_request import OTHER_METHODS, UNKNOWN_LIST, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.walk import Walk
    from ..records.record import Record
    from .registry import Rule

INVALID: set[object] = set()
"""Functions that never yield a valid request with a success response."""

SEVERAL: set[object] = set()
"""Functions whose subjects show nothing if there is one exchange only."""

TIED: set[object] = set()
"""Functions that only yield requests which meet the condition that the rule is about."""

F = TypeVar("F", bound="Callable[[Evidence, Rule], Iterable[Any]]")


def invalid(subjects: F) -> F:
    """Mark a function that never yields a valid request with a success response."""
    INVALID.add(subjects)
    return subjects


def several(subjects: F) -> F:
    """Mark a function whose subjects show nothing if there is one exchange only."""
    SEVERAL.add(subjects)
    return subjects


def tied(subjects: F) -> F:
    """Mark a function that only yields requests which meet the condition of the rule."""
    TIED.add(subjects)
    return subjects


@tied
@invalid
def in_condition(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Records whose only deviation is the condition that the rule judges.

    A connection that is closed every time counts as a response: the client is told nothing. On a
    connection that carried a valid token before, a token is judged by another rule.
    """
    for record in (*evidence.answered, *evidence.unanswered):
        if record.number in evidence.admitted:
            continue
        deviations = record.reading.deviations
        if len(deviations) == 1 and rule.is_about(deviations[0]):
            yield record


@tied
@invalid
def with_other_methods(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Records whose only deviation is the method, or that and a list that does not exist.

    A server error is left out if such a list gets one with a method of the contract, too.
    """
    errors = evidence.where(
        lambda r: r.is_server_error, lambda r: r.reading.only(UNKNOWN_LIST) is not None
    )
    broken = {record.exchange.request.path for record in errors}
    for record in (*evidence.answered, *evidence.unanswered):
        is_about = any(rule.is_about(each) for each in record.reading.deviations)
        is_broken = record.is_server_error and record.exchange.request.path in broken
        if is_about and has_only_other_method(record) and not is_broken:
            yield record


def has_only_other_method(record: Record) -> bool:
    """Whether a request deviates in its method only, or in a list that does not exist, too."""
    aspects = {each.aspect for each in record.reading.deviations}
    return OTHER_METHODS in aspects and aspects <= {OTHER_METHODS, UNKNOWN_LIST}


@tied
def valid_in_condition(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Valid requests for a first page that meet the condition which the rule judges.

    Of a later page it may be the page, and not the size, that is rejected.
    """
    return evidence.where(
        lambda r: r.reading.is_valid,
        lambda r: any(rule.is_about(condition) for condition in r.reading.conditions),
        lambda r: r.reading.first_row == 0,
    )


def valid(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Valid requests for pages that have rows."""
    return evidence.where(lambda r: r.reading.is_valid, evidence.is_within)


def default(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    """Valid requests for pages that have rows, without those that may be rejected for their size.

    Those are first pages of another size than the example's, and all pages of a size that was never
    accepted.
    """
    accepted: set[tuple[str, int | None]] | None = None
    for record in valid(evidence, rule):
        paging, size = record.operation.pagination, record.reading.size
        if paging is None or size == paging.size.example:
            yield record
        elif record.reading.first_row > 0:
            if accepted is None:
                successes = evidence.where(lambda r: r.reading.is_valid, lambda r: r.is_success)
                accepted = {(each.operation.id, each.reading.size) for each in successes}
            if (record.operation.id, size) in accepted:
                yield record


def successes(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Success responses to methods of the contract, those to valid requests first."""
    found = evidence.where(lambda r: r.is_success, lambda r: not r.reading.meets(OTHER_METHODS))
    return iter(sorted(found, key=lambda record: not record.reading.is_valid))


@invalid
def errors(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Error responses whose form the contract prescribes."""
    return evidence.where(lambda r: r.is_error, has_prescribed_form)


def has_prescribed_form(record: Record) -> bool:
    """Whether an error response to this request must have the contract's form.

    Not if the contract leaves the response open, or a server may reject the request before it
    looks at the path.
    """
    reading = record.reading
    free = reading.meets(
        "parameter.hostile", "parameter.derived", "parameter.ambiguous", OTHER_METHODS
    )
    return not free and not any(
        each.kind is Kind.OPEN and each.aspect.startswith("header.") for each in reading.conditions
    )


@invalid
def rejected_tokens(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Error responses to requests whose only deviation is a missing or wrong token."""
    names = ("missing", "unknown", "empty", "nearMiss", "everywhere")
    aspects = [f"security.{name}" for name in names]
    return evidence.where(
        lambda r: r.is_error_response, lambda r: r.reading.only(*aspects) is not None
    )


def settled(evidence: Evidence, _rule: Rule) -> Iterator[Walk]:
    """Walks over lists with rows, or with a total, that did not change meanwhile."""
    walks = (walk for walk in evidence.walks if walk.settled and walk.total is not None)
    return (walk for walk in walks if any(True for _ in walk.within))


def past_the_end(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Valid requests for pages past the last one."""
    return evidence.where(lambda r: r.reading.is_valid, evidence.is_past_end)


def everything(evidence: Evidence, _rule: Rule) -> Iterable[Record]:
    """Every record, including those without a response."""
    return evidence.records
