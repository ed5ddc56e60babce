"""Subjects: the parts of the evidence that rules judge.

Each function here takes the evidence and the id of a requirement; those with arguments give such a
function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..evidence.parsed_request import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record
    from ..evidence.walk import Walk

    Subjects = Callable[[Evidence, str], Iterable[Record]]


ODD: set[object] = set()
"""Functions that never give a correct request that is answered by a success."""

F = TypeVar("F", bound="Callable[[Evidence, str], Iterable[Any]]")


def odd(subjects: F) -> F:
    """Mark a function that never gives a correct request that is answered by a success."""
    ODD.add(subjects)
    return subjects


@odd
def in_situation(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Records whose one oddity is a situation that is tied to the requirement.

    To hang up each time is an answer as well: whoever is to be refused is told nothing.
    """
    for record in (*evidence.answered, *evidence.unanswered):
        odd = record.reading.odd
        if len(odd) == 1 and odd[0].requirement == requirement:
            yield record


def with_trait(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Plain records of first pages, with a trait that is tied to the requirement.

    Of later pages it is the page, and not its size, that says what is wrong with them.
    """
    return evidence.where(
        lambda r: r.reading.is_plain,
        lambda r: r.reading.has(requirement),
        lambda r: r.reading.first_row == 0,
    )


def plain(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Plain records of pages that have rows."""
    del requirement
    return evidence.where(lambda r: r.reading.is_plain, evidence.is_within)


def usual(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Plain records of pages that have rows, but for those whose size may be what is refused.

    These are first pages of an unusual size, and all pages of one that was never accepted.
    """
    accepted: set[tuple[str, int | None]] | None = None
    for record in plain(evidence, requirement):
        paging, size = record.operation.pagination, record.reading.size
        if paging is None or size == paging.size.example:
            yield record
        elif record.reading.first_row > 0:
            if accepted is None:
                successes = evidence.where(lambda r: r.reading.is_plain, lambda r: r.is_success)
                accepted = {(each.operation.id, each.reading.size) for each in successes}
            if (record.operation.id, size) in accepted:
                yield record


def successes(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Every success of a method that is in the contract, those of correct requests first."""
    del requirement
    found = evidence.where(
        lambda r: r.is_success,
        lambda r: all(s.name != "otherMethods" for s in r.reading.conditions),
    )
    return iter(sorted(found, key=lambda record: not record.reading.is_plain))


@odd
def errors(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Every error whose form the contract prescribes.

    What the document leaves open, and what a server may refuse before it looks at the path, has
    rules of its own.
    """
    del requirement
    return evidence.where(lambda r: r.is_error, has_prescribed_form)


def has_prescribed_form(record: Record) -> bool:
    """Whether an error to this request has to have the contract's form."""
    free = {"hostile", "ambiguous", "otherMethods"}
    return not any(
        s.name in free or (s.element.startswith("header ") and s.kind is Kind.OPEN)
        for s in record.reading.conditions
    )


@odd
def refused_tokens(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Refusals of a request whose token is missing or wrong, and nothing else is."""
    del requirement
    names = ("missing", "unknown", "empty", "nearMiss", "everywhere")
    for record in evidence.where(lambda r: r.is_refusal):
        schemes = {f"{s.location} {s.name}" for each in record.operation.security for s in each}
        odd = record.reading.only(*names)
        if odd is not None and odd.element in schemes:
            yield record


def settled(evidence: Evidence, requirement: str) -> Iterator[Walk]:
    """Listings of lists that kept still."""
    del requirement
    return (walk for walk in evidence.walks if walk.settled and walk.total)


def past_the_end(evidence: Evidence, requirement: str) -> Iterator[Record]:
    """Plain records of pages past the last one."""
    del requirement
    return evidence.where(lambda r: r.reading.is_plain, evidence.is_past_end)


def everything(evidence: Evidence, requirement: str) -> Iterable[Record]:
    """Every record, also those without an answer."""
    del requirement
    return evidence.records
