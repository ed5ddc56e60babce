"""Judging while traffic passes: each exchange at once, and the most recent ones together.

Each distinct finding is reported once.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

from ..conformance.verdicts.deciding import judge
from ..conformance.verdicts.verdict import Outcome
from .applicable import Applicable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..conformance.records.finding import Finding
    from ..conformance.rules import Rule
    from ..conformance.verdicts.verdict import Verdict
    from ..spec.contract import Contract
    from .applicable import Rules
    from .passive import PassiveEvidence

WINDOW = 100
"""The number of recent exchanges that are judged together."""
_TOLD = {Outcome.FAILED, Outcome.WARNED, Outcome.ERROR}
_NUMBER = re.compile(r"[0-9]+")
_MOST_DISTINCT = 10_000


class IncrementalJudge:
    """Judges by the rules of a contract, except those that only observe."""

    def __init__(self, contract: Contract) -> None:
        self._applicable = Applicable(contract)
        self._reported: set[int] = set()
        self.spent = 0.0

    def alone(self, evidence: PassiveEvidence) -> list[Verdict]:
        """Return the failed and warned verdicts on one exchange, and those whose rule failed."""
        [record] = evidence.records
        rules, likeness = self._applicable.to(record)
        finding = _finding(evidence, rules)
        if likeness is not None and not finding:
            self._applicable.note(likeness)
        return _told(evidence, finding)

    async def together(self, evidence: PassiveEvidence, pause: float = 0.0) -> list[Verdict]:
        """Return the failed and warned verdicts on several exchanges.

        `pause` is in seconds, after each rule, so that responses under way are not delayed. A
        thread would delay them, since threads take turns too rarely. `spent` is the time for all
        rules, without pauses.
        """
        found, spent = [], 0.0
        for pair in self._applicable.all:
            began = time.perf_counter()
            found += _told(evidence, _finding(evidence, [pair]))
            spent += time.perf_counter() - began
            await asyncio.sleep(pause)
        self.spent = spent
        return found

    def news(self, verdicts: Iterable[Verdict]) -> Iterator[tuple[Verdict, Finding]]:
        """Yield the findings that are new, and note them."""
        for verdict in verdicts:
            for finding in verdict.findings:
                # A hash, since the texts of a hostile server may be of any length.
                key = hash((verdict.requirement.id, *_kind(finding)))
                if key not in self._reported and len(self._reported) < _MOST_DISTINCT:
                    self._reported.add(key)
                    yield verdict, finding


def _finding(evidence: PassiveEvidence, rules: Rules) -> Rules:
    """Return the requirements whose rules find something, as most find nothing."""
    return [pair for pair in rules if _finds(pair[1], evidence)]


def _told(evidence: PassiveEvidence, finding: Rules) -> list[Verdict]:
    verdicts = (judge(evidence, requirement, rules) for requirement, rules in finding)
    return [verdict for verdict in verdicts if verdict.outcome in _TOLD]


def _finds(rules: Sequence[Rule], evidence: PassiveEvidence) -> bool:
    try:
        for rule in rules:
            for subject in rule.subjects(evidence):
                for _ in rule.judge(subject):
                    return True
    except Exception:  # noqa: BLE001 - the verdict says so
        return True
    return False


def recent(evidence: PassiveEvidence) -> PassiveEvidence:
    """Return the most recent exchanges as evidence of their own."""
    return evidence.only(evidence.records[-WINDOW:])


def _kind(finding: Finding) -> tuple[object, ...]:
    """Return what makes a finding distinct, which row, page and number do not."""
    record = finding.record
    return (
        record.operation.id if record else "",
        record.status if record else 0,
        _NUMBER.sub("#", finding.field or ""),
        _NUMBER.sub("#", finding.expected),
    )
