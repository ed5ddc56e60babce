"""Evidence and verdicts as they are published, with pseudonyms in place of personal data.

Findings quote bodies. So the rules judge the published exchanges again: their findings are about
the same rows and pages, with pseudonyms. The outcome stays that of the first judgement; if the
second one finds something else, the first findings are published without their quotations.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..evidence.expectation import Kind
from ..records.finding import answer_of, place_of
from ..records.record import Record
from ..rules import rules_for
from ..verdicts.deciding import judge
from ..verdicts.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..evidence.evidence import Evidence
    from ..evidence.expectation import Expectation
    from ..http.exchange import Exchange
    from ..records.finding import Finding
    from ..verdicts.verdict import Matcher, Verdict
    from .pseudonymizer import Pseudonymizer

# From the first quotation mark to the last: what is quoted may hold some itself.
_QUOTED = re.compile(r'".*"', re.DOTALL)


class Published:
    """The published evidence and verdicts of one run; without a pseudonymizer, the originals."""

    def __init__(
        self,
        evidence: Evidence,
        pseudonymizer: Pseudonymizer | None,
        matcher: Matcher | None = None,
    ) -> None:
        self._judged = evidence
        self._pseudonymizer = pseudonymizer
        self._matcher = matcher
        self._rules = rules_for(evidence.contract)

    @cached_property
    def evidence(self) -> Evidence:
        """The published evidence."""
        if self._pseudonymizer is None:
            return self._judged
        whole = self._judged
        _ = self._learned
        exchanges = {each.number: self._pseudonymizer.exchange(each) for each in whole.exchanges}
        return replace(
            _of(whole, exchanges),
            notes=[self._pseudonymizer.message(note) for note in whole.notes],
            unopened={id_: self._pseudonymizer.message(why) for id_, why in whole.unopened.items()},
            ended=self._pseudonymizer.message(whole.ended),
            cases=[replace(case, evidence=_of(case.evidence, exchanges)) for case in whole.cases],
            expectations=self._expectations(self._pseudonymizer),
        )

    def citing(self, verdicts: Iterable[Verdict]) -> Evidence:
        """Return the published evidence without the exchanges that no finding refers to."""
        whole = self._judged
        if self._pseudonymizer is None or whole.apart or whole.cases:
            return self.evidence
        findings = [finding for verdict in verdicts for finding in verdict.findings]
        records = [r for f in findings for r in (f.record, f.before, f.beside) if r is not None]
        if records:
            _ = self._learned
        numbers = {record.number for record in records}
        few = whole.only([record for record in whole.records if record.number in numbers])
        few.let_go += len(whole.exchanges) - len(few.exchanges)
        return Published(few, self._pseudonymizer, self._matcher).evidence

    @cached_property
    def _learned(self) -> None:
        """Let the pseudonymizer know all personal values of the run."""
        if self._pseudonymizer is not None:
            self._pseudonymizer.learn(self._judged.exchanges)

    def _expectations(self, pseudonymizer: Pseudonymizer) -> list[Expectation]:
        operations = {operation.id: operation for operation in self._judged.contract.operations}
        return [
            replace(each, value=pseudonymizer.keys(operations[each.operation], each.value))
            if each.kind is Kind.KEYS
            else each
            for each in self._judged.expectations
        ]

    def verdict(self, verdict: Verdict) -> Verdict:
        """Return the published form of a verdict."""
        if self._pseudonymizer is None:
            return verdict
        if verdict.outcome is Outcome.ERROR:  # the message of an exception may quote a body
            verdict = replace(verdict, reason=self._kept_back(verdict.reason))
        if not verdict.findings:
            return verdict
        requirement = verdict.requirement
        again = judge(self.evidence, requirement, self._rules[requirement.id], self._matcher)
        if (again.count, again.judged) == (verdict.count, verdict.judged):
            return replace(verdict, findings=again.findings, groups=again.groups)
        return self._without_quotations(verdict)

    def cited(self, verdict: Verdict) -> Verdict:
        """Return the published form of a verdict, as `verdict` does, in less time.

        If the exchanges that the findings cite show the same findings alone, only they are
        published.
        """
        if self._pseudonymizer is None or verdict.outcome is Outcome.ERROR or not verdict.findings:
            return self.verdict(verdict)
        grouped = (each for group in verdict.groups.values() for each in group.first.values())
        findings = [*verdict.findings, *grouped]
        records = {each.record.number: each.record for each in findings if each.record}
        few = self._judged.only([records[number] for number in sorted(records)])
        requirement = verdict.requirement
        alone = judge(few, requirement, self._rules[requirement.id], self._matcher)
        if _messages(alone) != _messages(verdict) or few.apart or few.cases:
            return self.verdict(verdict)
        _ = self._learned
        shown = Published(few, self._pseudonymizer, self._matcher).verdict(alone)
        groups = {
            applies: replace(group, first=shown.groups[applies].first)
            for applies, group in verdict.groups.items()
        }
        return replace(verdict, findings=shown.findings, groups=groups)

    def _without_quotations(self, verdict: Verdict) -> Verdict:
        parts = self.evidence.parts(verdict.requirement.id)
        shown = {record.number: record for part in parts for record in (*part.records, *part.apart)}

        def without_quotations(findings: Iterable[Finding]) -> Iterator[Finding]:
            for finding in findings:
                before = finding.record
                record = shown[before.number] if before else None
                where, actual = finding.where, finding.actual
                if before and record:
                    where = where.replace(place_of(before), place_of(record))
                    actual = actual.replace(answer_of(before), answer_of(record))
                yield replace(
                    finding,
                    where=where,
                    expected=self._kept_back(finding.expected),
                    actual=self._kept_back(actual),
                    record=record,
                )

        groups = {}
        for applies, group in verdict.groups.items():
            first = {each.message: each for each in without_quotations(group.first.values())}
            groups[applies] = replace(group, first=first)
        findings = tuple(without_quotations(verdict.findings))
        return replace(verdict, findings=findings, groups=groups)

    def _kept_back(self, text: str) -> str:
        hidden = _QUOTED.sub('"…"', text)
        return self._pseudonymizer.text(hidden) if self._pseudonymizer else hidden


def _messages(verdict: Verdict) -> tuple[list[str], dict[frozenset[object], list[str]]]:
    """Return the messages of a verdict's findings, and of each group of them."""
    groups = {applies: list(group.first) for applies, group in verdict.groups.items()}
    return [each.message for each in verdict.findings], groups


def _of(evidence: Evidence, shown: Mapping[int, Exchange]) -> Evidence:
    """Return evidence with its exchanges replaced by others of the same number."""

    def published(record: Record) -> Record:
        exchange, reading = shown[record.number], record.reading
        if exchange.request != record.exchange.request:
            reading = evidence.reader.read(exchange.request) or reading
        other = Record(record.contract, exchange, reading)
        if not record.document.readable:
            # Findings are about the body that was received, not about its replacement.
            other.__dict__["document"] = replace(record.document, near="")
        return other

    return replace(
        evidence,
        exchanges=[shown[exchange.number] for exchange in evidence.exchanges],
        records=list(map(published, evidence.records)),
        apart=list(map(published, evidence.apart)),
    )
