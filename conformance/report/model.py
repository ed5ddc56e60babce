"""A finished run, which every report format reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...spec.register import Level
from ..evidence.coverage import Coverage
from ..rules.verdict import Exit, Outcome, count, fails, is_open
from .curl import curl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.register import Section
    from ..evidence.evidence import Evidence
    from ..evidence.finding import Finding
    from ..http.target import Target
    from ..rules.verdict import Verdict
    from .waivers import Waivers


@dataclass(frozen=True)
class Run:
    """A finished run.

    `configuration` has the options of the run, without secrets; `started` is in seconds since
    1970-01-01 UTC, `duration` in seconds. Evidence and verdicts are as they may be published. In a
    `passive` run other clients sent the requests, so some requirements may not be covered.
    """

    target: Target
    evidence: Evidence
    verdicts: Sequence[Verdict]
    exit: Exit
    configuration: Mapping[str, object]
    started: float
    duration: float
    fail_on: Level = Level.MUST
    waivers: Waivers | None = None
    passive: bool = False
    unkept: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    require_coverage: int | None = None

    @property
    def requests(self) -> int:
        """The number of requests that were judged, including those no longer kept (`unkept`)."""
        return len(self.evidence.exchanges) + self.unkept

    @property
    def counts(self) -> dict[str, int]:
        """The number of requirements with each outcome."""
        return count(self.verdicts)

    def sections(self) -> Iterator[tuple[Section, list[Verdict]]]:
        """Yield the verdicts by section of the documentation."""
        for section in self.evidence.contract.register.sections.values():
            mine = [v for v in self.verdicts if v.requirement.section == section.id]
            if mine:
                yield section, mine

    def of(self, *outcomes: Outcome) -> list[Verdict]:
        """Return the verdicts with one of these outcomes."""
        return [verdict for verdict in self.verdicts if verdict.outcome in outcomes]

    def fails(self, verdict: Verdict) -> bool:
        """Whether a verdict makes the run fail."""
        return fails(verdict, self.fail_on)

    def leaves_open(self, verdict: Verdict) -> bool:
        """Whether a verdict leaves open if the server conforms."""
        return is_open(verdict, self.fail_on, passive=self.passive)

    @property
    def notes(self) -> list[str]:
        """What else a reader has to know."""
        expired = list(self.waivers.notes()) if self.waivers else []
        return [*self.evidence.notes, *expired]

    @property
    def policies(self) -> list[str]:
        """The policies of the contract that were chosen for the run, each with its title."""
        return [str(policy) for policy in self.evidence.contract.policies]

    def command(self, finding: Finding) -> str | None:
        """Return the command that reproduces a finding, or None if no request does."""
        if finding.record is None:
            return None
        command = curl(finding.record.exchange.request, self.target)
        if finding.before is not None:
            before = curl(finding.before.exchange.request, self.target)
            return f"{before} --next {command.removeprefix('curl ')}"
        if finding.beside is not None:
            beside = curl(finding.beside.exchange.request, self.target)
            return f"for _ in 1 2 3 4 5; do {command} & {beside} & wait; done"
        return command

    def conclusion(self) -> str:
        """Return the result of the run in one sentence."""
        counts = self.counts
        failed = counts[Outcome.FAILED]
        judged = sum(verdict.judged > 0 for verdict in self.verdicts)
        numbers = f"{judged} of {len(self.verdicts)} requirements judged"
        if self.exit is Exit.NOT_CONFORMING:
            found = [f"{failed} MUST {_noun(failed)} failed"] if failed else []
            found += self._warned()
            unused = [v.requirement.id for v in self.verdicts if v.unused_waiver]
            found += [f"the waiver of {each} is unused" for each in unused]
            if (percent := self.coverage.percent) < (self.require_coverage or 0):
                found.append(f"coverage is {percent} %, required is {self.require_coverage} %")
            return f"not conforming: {', '.join(found)}; {numbers}"
        if self.exit is Exit.NOT_JUDGED and not self.evidence.answered:
            return "not judged: no request of the contract was answered"
        if self.exit is Exit.NOT_JUDGED:
            ids = ", ".join(v.requirement.id for v in self.verdicts if self.leaves_open(v))
            return f"not judged: {ids} could not be judged; {numbers}"
        found = self._warned()
        found += [f"{waived} waived"] if (waived := counts[Outcome.WAIVED]) else []
        word = "conforming as far as covered" if self.passive else "conforming"
        return f"{word}: {', '.join([*found, numbers])}"

    def _warned(self) -> list[str]:
        levels = Counter(verdict.requirement.level for verdict in self.of(Outcome.WARNED))
        once, should = levels[Level.MUST], levels[Level.SHOULD]
        found = [f"{once} MUST {_noun(once)} failed once and not again"] if once else []
        return found + ([f"{should} SHOULD {_noun(should)} failed"] if should else [])


def _noun(count: int) -> str:
    return "requirement" if count == 1 else "requirements"
