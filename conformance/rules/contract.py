"""Rules the contract itself is: for every requirement of its schemas and laws, one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.register import CheckedBy
from ..evidence.finding import Finding, answer_of, at
from .registry import REGISTRY, Rule
from .subjects import has_prescribed_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...spec.register import Register, Requirement
    from ...spec.source import Pointer
    from ...spec.validation import Violation
    from ..evidence.evidence import Evidence
    from ..evidence.record import Record

UNTIED = "SCHEMA-01"
"""The requirement under which violations are reported that are tied to none."""


def rules_for(register: Register) -> dict[str, Rule]:
    """Give the rule of every requirement of a register that has one."""
    rules = {}
    for requirement in register:
        if requirement.checked_by in {CheckedBy.SCHEMA, CheckedBy.LAW}:
            rules[requirement.id] = _rule(requirement)
        elif requirement.id in REGISTRY:
            rules[requirement.id] = REGISTRY[requirement.id]
    return rules


def _rule(requirement: Requirement) -> Rule:
    return Rule(
        requirement.id,
        expects=requirement.title,
        needs=f"a body in which it shows that {requirement.title}",
        subjects=_judged,
        judge=_against(requirement.id),
    )


def _judged(evidence: Evidence, requirement: str) -> Iterator[Record]:
    # Correct requests first: what shows there as well is easier to understand there.
    for record in sorted(evidence.answered, key=lambda record: not record.reading.is_plain):
        if record.is_error and not has_prescribed_form(record):
            continue
        judgement = record.judgement
        tied = requirement == UNTIED or judgement.judged[requirement] > 0
        if tied or any(v.requirement == requirement for v in judgement.violations):
            yield record


def _against(requirement: str) -> Callable[[Record], Iterator[Finding]]:
    def judge(record: Record) -> Iterator[Finding]:
        for violation in record.judgement.violations:
            if (violation.requirement or UNTIED) == requirement:
                yield _finding(record, violation)

    return judge


def _finding(record: Record, violation: Violation) -> Finding:
    unreadable = not record.document.readable
    return at(
        record,
        violation.expected,
        answer_of(record) if unreadable else violation.actual,
        row=_row(record, violation.place),
        field=violation.pointer or None,
        is_law=violation.law,
    )


def _row(record: Record, place: Pointer) -> int | None:
    """Give the row, from 1, that a place lies in, None where it lies in none."""
    paging = record.operation.pagination
    if paging is None or place[: len(paging.items)] != paging.items:
        return None
    rest = place[len(paging.items) :]
    return int(rest[0]) + 1 if rest and rest[0].isdecimal() else None
