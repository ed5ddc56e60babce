"""The rules of each requirement: those of its aspects, and one made of its schemas and laws."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ...spec.describing import actual, joined
from ...spec.documents.pointers import get
from ...spec.links import Link
from ...spec.parameters import ParameterFault
from ...spec.register import UNTIED, CheckedBy
from ..records.finding import Finding, answer_of, at
from .expectations import must_have_media_type
from .registry import REGISTRY, Rule, rule
from .subjects import has_prescribed_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.schemas.violations import Violation
    from ..evidence.evidence import Evidence
    from ..records.record import Record


def rules_for(contract: Contract) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of every requirement of the contract's register, by its id.

    There are none for a requirement that is not checked.
    """
    found = {}
    uncovered, linked = _uncovered(contract), _linked(contract)
    everywhere = frozenset(operation.id for operation in contract.operations)
    for requirement in contract.register:
        rules = [REGISTRY[aspect] for aspect in requirement.aspects if aspect in REGISTRY]
        if requirement.checked_by in {CheckedBy.SCHEMA, CheckedBy.LAW}:
            aspect = UNTIED if UNTIED in requirement.aspects else ""
            # Violations that are tied to no requirement belong to the one with this aspect.
            tied = {requirement.id, *([None] if aspect else [])}
            reason = uncovered.get(requirement.id, "there was no response to judge")
            rules.append(Rule(aspect, reason, _judged, partial(_judge, tied)))
        found[requirement.id] = tuple(
            replace(
                rule,
                requirement=requirement.id,
                operations=None if operations in {everywhere, None} else operations,
            )
            for rule in rules
            for operations in (linked.get((rule.aspect, requirement.id)),)
        )
    return found


def _linked(contract: Contract) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the operations that are linked to a requirement, by aspect and requirement."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for operation in contract.operations:
        for aspect, requirement in operation.ties:
            found[aspect, requirement].add(operation.id)
    return {tie: frozenset(operations) for tie, operations in found.items()}


def _uncovered(contract: Contract) -> Mapping[str, str]:
    """Return why a requirement may not be covered, by its id."""
    returned: defaultdict[str, list[str]] = defaultdict(list)
    contained: defaultdict[str, list[str]] = defaultdict(list)
    for link in Link.under((), contract.document):
        *_, name, _ = place = link.place
        if not isinstance(link.ids, str):
            if "value" in link.ids:
                contained[link.ids["value"]].append(name)
            if "bounds" in link.ids:
                returned[link.ids["bounds"]].append(f"no {name} that is not null was returned")
            continue
        if "x-validations" in place:
            law = get(contract.document, place[:-1])
            if "subject" in law or "when" in law:
                subject = law.get("subject") or f"value with {law['when']}"
                returned[link.ids].append(f"no {subject} was returned")
                continue
            name = place[-4]
        contained[link.ids].append(name)
    texts = {
        id_: f"no response contained {joined([*dict.fromkeys(names)])}"
        for id_, names in contained.items()
    }
    if contract.error is not None:
        texts |= dict.fromkeys(contract.error.body_requirements, "no error body was complete")
    return {**texts, **{id_: " and ".join(each) for id_, each in returned.items()}}


def _judged(evidence: Evidence, rule: Rule) -> Iterator[Record]:
    for record in evidence.valid_first:
        if record.is_error and not has_prescribed_form(record):
            continue
        judgement = record.judgement
        is_tied = rule.aspect == UNTIED or judgement.judged[rule.requirement] > 0
        if is_tied or any(v.requirement == rule.requirement for v in judgement.violations):
            yield record


def _judge(tied: set[str | None], record: Record) -> Iterator[Finding]:
    is_described = "described" in record.operation.requirements
    for violation in record.judgement.violations:
        if violation.requirement in tied and not (is_described and violation.requirement is None):
            yield found_in(record, violation)


def _with_form(evidence: Evidence, _rule: Rule) -> Iterator[Record]:
    """Every response, without error responses whose form is left open."""
    return (r for r in evidence.valid_first if not r.is_error or has_prescribed_form(r))


@rule("operation.described", of=_with_form, uncovered="there was no response to judge")
def response_is_as_described(record: Record) -> Iterator[Finding]:
    """What is tied to a requirement of its own is left out."""
    if record.is_error_status:
        yield from must_have_media_type(record)
    yield from _headers(record)
    for violation in record.judgement.violations:
        if violation.requirement is None:
            yield found_in(record, violation)


# The former is judged with the body; the values of the latter cannot be put into one header.
_NOT_JUDGED = {"content-type", "set-cookie"}
# A value that only some clients read.
_READ_OTHERWISE = {ParameterFault.AMBIGUOUS, ParameterFault.LENIENT}


def _headers(record: Record) -> Iterator[Finding]:
    """Yield a finding for each declared header that is missing or has an invalid value."""
    declared, response = record.declared, record.response
    if declared is None or response is None:
        return
    for name, header in declared.headers.items():
        if name.lower() in _NOT_JUDGED:
            continue
        values = response.header_values(name)
        given = [", ".join(values)] if values else []
        fault = header.read(given).fault
        if fault is not None and fault not in _READ_OTHERWISE:
            got = actual(given[0]) if given else "no such header"
            yield at(record, f"the header {name} with {header.allowed}", got)


def found_in(record: Record, violation: Violation) -> Finding:
    """Return the finding for a violation in the body of a response."""
    unreadable = not record.document.readable
    return at(
        record,
        violation.expected,
        answer_of(record) if unreadable else violation.actual,
        row=row_of(record, violation.place),
        field=violation.pointer or None,
        is_law=violation.law,
    )


def row_of(record: Record, place: Pointer) -> int | None:
    """Return the row, from 1, that a place lies in, None if it lies in none."""
    listing = record.operation.listing
    if listing is None or place[: len(listing.items)] != listing.items:
        return None
    rest = place[len(listing.items) :]
    return int(rest[0]) + 1 if rest and rest[0].isdecimal() else None
