"""Batches: any number of exchanges, judged a batch at a time, so that memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..conformance.evidence.coverage import Coverage, coverage_of
from ..conformance.evidence.overlap import take_in
from ..conformance.freedoms.taken import Taken, taken_in
from ..conformance.judging.judge import PreviousResults, conclude, pseudonymizer_of
from ..conformance.privacy.published import Published
from ..conformance.reporting.run.waivers import matcher_of
from ..conformance.verdicts.deciding import judge_all
from ..conformance.verdicts.verdict import MOST_KEPT, Exit, together, without_findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..conformance.http.exchange import Exchange
    from ..conformance.http.target import Target
    from ..conformance.judging.judge import JudgeOptions
    from ..conformance.records.finding import Finding
    from ..conformance.records.parsed_request import ParsedRequest
    from ..conformance.records.record import Record
    from ..conformance.reporting.run.model import Run
    from ..conformance.verdicts.verdict import Verdict
    from .passive import PassiveEvidence

MOST_EXCHANGES = 5_000
"""Exchanges in a batch."""
MOST_BYTES = 32 * 1024 * 1024
"""Bytes of the messages in a batch; in memory they take five times as much."""


@dataclass
class Batches:
    """The exchanges of one target, as they come; `begin` returns empty evidence for each batch.

    Rules over several exchanges see one batch. Rules over one exchange do not notice batches.
    """

    begin: Callable[[], PassiveEvidence]
    target: Target
    judge_options: JudgeOptions
    most_exchanges: int = MOST_EXCHANGES
    most_bytes: int = MOST_BYTES
    notes: list[str] = field(default_factory=list)
    count: int = field(init=False, default=0)
    evidence: PassiveEvidence = field(init=False)
    _bytes: int = field(init=False, default=0)
    _closed: int = field(init=False, default=0)
    _verdicts: dict[str, Verdict] = field(init=False, default_factory=dict)
    _cited: dict[int, Exchange] = field(init=False, default_factory=dict)
    _coverage: Coverage = field(init=False, default_factory=Coverage)
    _taken: Taken = field(init=False, default_factory=Taken)

    def __post_init__(self) -> None:
        self.evidence = self.begin()

    @property
    def is_full(self) -> bool:
        """Whether the batch has to be closed before anything is added."""
        return len(self.evidence.exchanges) >= self.most_exchanges or self._bytes > self.most_bytes

    def add(self, exchange: Exchange, reading: ParsedRequest | None = None) -> Record | None:
        """Add an exchange; return its record, None if it is for no operation of the contract."""
        self.count += 1
        self._bytes += _size(exchange)
        return self.evidence.add(exchange, reading)

    def turn(self) -> PassiveEvidence:
        """Begin another batch; return the one before, for `close` to judge."""
        closed, self.evidence, self._bytes = self.evidence, self.begin(), 0
        return closed

    def close(self, evidence: PassiveEvidence) -> None:
        """Judge a batch, and keep what reports show of it."""
        take_in(evidence)
        matcher = matcher_of(self.judge_options.waivers)
        pseudonymizer = pseudonymizer_of(evidence.contract, self.target, self.judge_options)
        published = Published(evidence, pseudonymizer, matcher)
        for judged in judge_all(evidence, matcher):
            id_ = judged.requirement.id
            before = self._verdicts.get(id_)
            shown = before is not None and _has_enough(before, judged)
            verdict = without_findings(judged) if shown else published.cited(judged)
            self._verdicts[id_] = together(before, verdict) if before else verdict
        self._coverage = self._coverage.together(coverage_of(evidence))
        self._taken = self._taken.together(taken_in(evidence))
        self._closed += 1
        numbers = {f.record.number: f.record.exchange for f in self._findings() if f.record}
        self._cited = dict(sorted(numbers.items()))

    def _findings(self) -> Sequence[Finding]:
        return [finding for verdict in self._verdicts.values() for finding in verdict.findings]

    def conclude(self, *, started: float, duration: float, ending: Exit = Exit.NOT_JUDGED) -> Run:
        """Judge the rest, and write the reports; `ending` is the exit code if it ended early."""
        if self._closed:
            self.notes.append(
                f"{self.count} exchanges were judged in {self._closed + 1} parts to save memory; "
                "rules over several exchanges saw one part at a time"
            )
        self.evidence.notes += self.notes
        take_in(self.evidence)
        previous = PreviousResults(
            self._verdicts,
            tuple(self._cited.values()),
            self.count - len(self.evidence.exchanges),
            self._coverage,
            self._taken,
        )
        return conclude(
            self.evidence,
            self.target,
            self.judge_options,
            started=started,
            duration=duration,
            previous=previous,
            ending=ending,
        )


def _has_enough(before: Verdict, verdict: Verdict) -> bool:
    """Whether no finding of a verdict would be kept beside those of the batches before."""
    groups = (before.groups.get(applies) for applies in verdict.groups)
    full = all(group is not None and len(group.first) >= MOST_KEPT for group in groups)
    return len(before.findings) >= MOST_KEPT and full


def _size(exchange: Exchange) -> int:
    """Return about how many bytes an exchange has."""
    request, response = exchange.request, exchange.response
    headers = (*request.headers, *(response.headers if response else ()))
    head = len(request.target) + sum(len(name) + len(value) for name, value in headers)
    return head + len(request.body) + (len(response.body) if response else 0)
