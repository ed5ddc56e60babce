"""The policies under which a finding would be none.

A team can choose another policy where a requirement rests on a decision. The responses are judged
again by the contract under each policy that could be chosen: what is not found then is accepted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ...spec.policy import PolicyError, in_force
from ...spec.register import CheckedBy
from ...spec.source import SourceError
from ..evidence.record import Record
from ..rules import rules_for
from ..rules.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...spec.contract import Contract
    from ...spec.register import Requirement
    from ..evidence.evidence import Evidence
    from ..evidence.finding import Finding
    from ..rules.verdict import Verdict

_Place: TypeAlias = "tuple[int | None, int | None, str | None]"
_BROKEN = {Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED}


def with_alternatives(verdicts: Sequence[Verdict], evidence: Evidence) -> list[Verdict]:
    """Return verdicts whose findings name the policies that accept them."""
    contracts: dict[str, Contract | None] = {}

    def contract_of(name: str) -> Contract | None:
        if name not in contracts:
            contracts[name] = _changed(evidence.contract, name)
        return contracts[name]

    def explained(verdict: Verdict) -> Verdict:
        if verdict.outcome not in _BROKEN:
            return verdict
        requirement = verdict.requirement
        cited = [finding.record for finding in verdict.findings if finding.record]
        # A schema or a law is about one response, whatever the others are.
        alone = requirement.checked_by in {CheckedBy.SCHEMA, CheckedBy.LAW}
        accepted: dict[_Place, list[str]] = {}
        for name in _choices(evidence.contract, requirement):
            contract = contract_of(name)
            if contract is None:
                continue
            other = _under(evidence, contract, cited if alone else evidence.records)
            judged = {record.number for record in other.records}
            found = {_place(finding) for finding in _findings(other, requirement)}
            for place in dict.fromkeys(map(_place, verdict.findings)):
                if place[0] in judged and place not in found:
                    accepted.setdefault(place, []).append(name)
        return replace(
            verdict,
            findings=tuple(
                replace(finding, accepted_by=tuple(accepted.get(_place(finding), ())))
                for finding in verdict.findings
            ),
        )

    return [explained(verdict) for verdict in verdicts]


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
