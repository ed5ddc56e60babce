"""At once: what one exchange shows by itself, and what many show by and by.

Rules are judged on the exchange alone as soon as it is there; those over several exchanges a
moment later, on the most recent ones. Each distinct finding is told once.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..conformance.privacy.published import Published
from ..conformance.rules import rules_for
from ..conformance.rules.subjects import INVALID
from ..conformance.rules.verdict import Outcome, judge
from ..spec.register import CheckedBy, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..conformance.evidence.finding import Finding
    from ..conformance.evidence.record import Record
    from ..conformance.privacy.pseudonymizer import Pseudonymizer
    from ..conformance.rules import Rule
    from ..conformance.rules.verdict import Verdict
    from ..spec.contract import Contract
    from ..spec.register import Requirement
    from .passive import PassiveEvidence

WINDOW = 100
"""How many of the most recent exchanges are looked at together."""
_BY_BODY = {CheckedBy.SCHEMA, CheckedBy.LAW}
_FOUND = {Outcome.FAILED, Outcome.WARNED}
_NUMBER = re.compile(r"[0-9]+")
_MOST_DISTINCT = 10_000


class IncrementalJudge:
    """Judges by every rule of a contract but those that only observe."""

    def __init__(self, contract: Contract) -> None:
        rules = rules_for(contract)
        judged = (each for each in contract.register if each.level is not Level.INFO)
        self._rules = [(each, rules[each.id]) for each in judged]
        # What the schemas and laws find, they find all together.
        self._beyond = [pair for pair in self._rules if pair[0].checked_by not in _BY_BODY]
        self._of_valid = [
            (each, [rule for rule in rules if rule.of not in INVALID])
            for each, rules in self._beyond
        ]
        self._told: set[object] = set()

    def alone(self, record: Record, evidence: PassiveEvidence) -> list[Verdict]:
        """Give what an exchange shows by itself to be wrong."""
        alone = replace(evidence, exchanges=[record.exchange], records=[record])
        if record.judgement.violations:
            return self._found(alone, self._rules)
        is_success = record.reading.is_valid and record.is_success
        return self._found(alone, self._of_valid if is_success else self._beyond)

    async def together(self, evidence: PassiveEvidence, pause: float = 0.0) -> list[Verdict]:
        """Give what exchanges show together to be wrong; `pause` is in seconds, after each rule.

        So nobody who waits for an answer is held up for long; a thread would do that, for threads
        take turns too rarely.
        """
        found = []
        for pair in self._rules:
            found += self._found(evidence, [pair])
            await asyncio.sleep(pause)
        return found

    @staticmethod
    def _found(
        evidence: PassiveEvidence, rules: Iterable[tuple[Requirement, Sequence[Rule]]]
    ) -> list[Verdict]:
        # Most rules have nothing to say of most exchanges, and need no verdict.
        speaking = [pair for pair in rules if _speaks(pair[1], evidence)]
        verdicts = (judge(evidence, requirement, rules) for requirement, rules in speaking)
        return [verdict for verdict in verdicts if verdict.outcome in _FOUND]

    def news(self, verdicts: Iterable[Verdict]) -> Iterator[tuple[Verdict, Finding]]:
        """Give the findings that were not told before."""
        for verdict in verdicts:
            for finding in verdict.findings:
                key = (verdict.requirement.id, *_kind(finding))
                if key not in self._told and len(self._told) < _MOST_DISTINCT:
                    self._told.add(key)
                    yield verdict, finding


def _speaks(rules: Sequence[Rule], evidence: PassiveEvidence) -> bool:
    subjects = ((rule, subject) for rule in rules for subject in rule.subjects(evidence))
    try:
        return any(True for rule, subject in subjects for _ in rule.judge(subject))
    except Exception:  # noqa: BLE001 - a rule that fails is reported at the end, with the others
        return False


def shown(
    verdicts: list[Verdict], evidence: PassiveEvidence, pseudonymizer: Pseudonymizer | None
) -> list[Verdict]:
    """Give verdicts on some evidence as others may see them."""
    if pseudonymizer is None or not verdicts:
        return verdicts
    published = Published(evidence, pseudonymizer)
    return [published.verdict(verdict) for verdict in verdicts]


def recent(evidence: PassiveEvidence) -> PassiveEvidence:
    """Give the most recent exchanges as evidence of their own."""
    records = evidence.records[-WINDOW:]
    return replace(evidence, records=records, exchanges=[record.exchange for record in records])


def _kind(finding: Finding) -> tuple[object, ...]:
    """Give what makes a finding distinct: not the row, the page or the number in it."""
    record = finding.record
    return (
        record.operation.id if record else "",
        record.status if record else 0,
        _NUMBER.sub("#", finding.field or ""),
        _NUMBER.sub("#", finding.expected),
    )
