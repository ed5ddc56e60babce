"""The policies that accept what was found.

If a requirement rests on a decision, a team can choose another policy for it. The responses are
judged again by the contract under each of these policies: a policy accepts a finding that is then
not made.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

from ...spec.documents.problems import SourceError
from ...spec.policies.policy import PolicyError, in_force
from ...spec.register import CheckedBy
from ..records.record import Record
from ..rules import rules_for
from ..verdicts.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...spec.contract import Contract
    from ...spec.register import Requirement
    from ..evidence.evidence import Evidence
    from ..records.finding import Finding
    from ..verdicts.verdict import Verdict

_Place: TypeAlias = "tuple[int | None, int | None, str | None]"
_BROKEN = {Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED}


def with_alternatives(verdicts: Sequence[Verdict], evidence: Evidence) -> list[Verdict]:
    """Return verdicts whose findings name the policies that accept them."""
    under = cache(partial(_changed, evidence.contract))
    return [
        _explained(verdict, evidence, under) if verdict.outcome in _BROKEN else verdict
        for verdict in verdicts
    ]


def need_all(verdicts: Sequence[Verdict], contract: Contract) -> bool:
    """Whether `with_alternatives` needs all records of a run, and not only those cited."""
    return any(
        verdict.outcome in _BROKEN
        and not _is_about_one(verdict.requirement)
        and any(True for _ in _choices(contract, verdict.requirement))
        for verdict in verdicts
    )


def _is_about_one(requirement: Requirement) -> bool:
    """Whether findings are about one response, whatever the others are: of schemas and laws."""
    return requirement.checked_by in {CheckedBy.SCHEMA, CheckedBy.LAW}


def _explained(
    verdict: Verdict, evidence: Evidence, under: Callable[[str], Contract | None]
) -> Verdict:
    requirement = verdict.requirement
    cited = [finding.record for finding in verdict.findings if finding.record]
    alone = _is_about_one(requirement)
    again: dict[str, tuple[set[int], set[_Place]]] = {}
    for name in _choices(evidence.contract, requirement):
        if (contract := under(name)) is not None:
            other = _under(evidence, contract, cited if alone else evidence.records)
            found = {_place(finding) for finding in _findings(other, requirement)}
            again[name] = {record.number for record in other.records}, found

    def accepting(finding: Finding) -> Iterator[str]:
        for name, (judged, found) in again.items():
            if finding.exchange in judged and _place(finding) not in found:
                yield name

    findings = (replace(each, accepted_by=tuple(accepting(each))) for each in verdict.findings)
    return replace(verdict, findings=tuple(findings))


def _choices(contract: Contract, requirement: Requirement) -> Iterator[str]:
    """Yield the policies that could be chosen for the decisions of a requirement."""
    for decision in contract.register.decisions_of(requirement):
        chosen = in_force(decision, contract.policies)
        yield from (name for name in decision.policies if name != chosen)


def _changed(contract: Contract, name: str) -> Contract | None:
    """Return a contract under one more policy, None if the policy does not fit it."""
    try:
        return contract.under([name])
    except (SourceError, PolicyError):
        return None


def _under(evidence: Evidence, contract: Contract, records: Sequence[Record]) -> Evidence:
    """Return some records of a run as another contract sees them."""
    seen = []
    for record in dict.fromkeys(records):
        operation = contract.operation(record.operation.id)
        other = Record(contract, record.exchange, replace(record.reading, operation=operation))
        other.__dict__["document"] = record.document
        seen.append(other)
    reader = replace(evidence.reader, contract=contract)
    return replace(evidence, contract=contract, reader=reader, records=seen, cases=[])


def _findings(evidence: Evidence, requirement: Requirement) -> Iterator[Finding]:
    for rule in rules_for(evidence.contract)[requirement.id]:
        for subject in rule.subjects(evidence):
            yield from rule.judge(subject)


def _place(finding: Finding) -> _Place:
    return finding.exchange, finding.row, finding.field
