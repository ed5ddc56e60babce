"""Showing: verdicts as others may read them, about exchanges in which nobody is named.

What a finding says comes from bodies. So the rules judge once more, what is shown this time: their
findings then speak of the same rows and pages with other names. The outcome is never theirs: where
the second look does not find the same, the first findings stand, and keep their quotations back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..evidence.record import Record
from ..rules import rules_for
from ..rules.verdict import Outcome, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..evidence.evidence import Evidence
    from ..evidence.finding import Finding
    from ..http.exchange import Exchange
    from ..rules.verdict import Verdict
    from .pseudonymizer import Pseudonymizer

# From the first quotation mark to the last: what is quoted may hold some itself.
_QUOTED = re.compile(r'".*"', re.DOTALL)


class Published:
    """Shows the evidence and the verdicts of one run; without `people` as they are."""

    def __init__(self, evidence: Evidence, pseudonymizer: Pseudonymizer | None) -> None:
        self._judged = evidence
        self._pseudonymizer = pseudonymizer
        self._rules = rules_for(evidence.contract)

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence as others may see it."""
        if self._pseudonymizer is None:
            return self._judged
        whole = self._judged
        self._pseudonymizer.learn(whole.exchanges)
        exchanges = {each.number: self._pseudonymizer.exchange(each) for each in whole.exchanges}
        return replace(
            _of(whole, exchanges),
            notes=[self._pseudonymizer.text(note) for note in whole.notes],
            cases=[replace(case, evidence=_of(case.evidence, exchanges)) for case in whole.cases],
        )

    def verdict(self, verdict: Verdict) -> Verdict:
        """Show a verdict."""
        if self._pseudonymizer is None:
            return verdict
        if verdict.outcome is Outcome.ERROR:  # what broke a rule may be quoted by what it said
            verdict = replace(verdict, reason=self._kept_back(verdict.reason))
        return replace(verdict, findings=tuple(self._findings(verdict)))

    def _findings(self, verdict: Verdict) -> list[Finding]:
        if not verdict.findings:
            return []
        requirement = verdict.requirement
        again = judge(self.evidence, requirement, self._rules[requirement.id])
        if (again.count, again.judged) == (verdict.count, verdict.judged):
            return list(again.findings)
        parts = self.evidence.parts(requirement.id)
        shown = {record.number: record for part in parts for record in part.records}
        return [
            replace(
                finding,
                expected=self._kept_back(finding.expected),
                actual=self._kept_back(finding.actual),
                record=finding.record and shown[finding.record.number],
            )
            for finding in verdict.findings
        ]

    def _kept_back(self, text: str) -> str:
        if self._pseudonymizer is None:
            return text
        return self._pseudonymizer.text(_QUOTED.sub('"…"', text))


def _of(evidence: Evidence, shown: Mapping[int, Exchange]) -> Evidence:
    """Give evidence with other exchanges, by number, in the place of its own."""
    records = []
    for record in evidence.records:
        other = Record(record.contract, shown[record.number], record.reading)
        if not record.document.readable:
            # What is wrong with a body is said of the one that came, not of what is left of it.
            other.__dict__["document"] = record.document
        records.append(other)
    exchanges = [shown[exchange.number] for exchange in evidence.exchanges]
    return replace(evidence, exchanges=exchanges, records=records)
