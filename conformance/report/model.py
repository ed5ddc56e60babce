"""What a report is about: a run, as every kind of report reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...spec.register import Level
from ..evidence.coverage import Coverage
from ..rules.verdict import Exit, Outcome, count, fails
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

    `configuration` has what was asked for, without secrets; `started` is in seconds since
    1970-01-01 UTC, `duration` in seconds. Evidence and verdicts are as others may see them. With
    `overheard` the requests were sent by others, and judged as far as they go.
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
        """How many requests were judged, those included that are kept no more (`unkept`)."""
        return len(self.evidence.exchanges) + self.unkept

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements came out in each way."""
        return count(self.verdicts)

    def sections(self) -> Iterator[tuple[Section, list[Verdict]]]:
        """Give the verdicts by section of the document."""
        for section in self.evidence.contract.register.sections.values():
            mine = [v for v in self.verdicts if v.requirement.section == section.id]
            if mine:
                yield section, mine

    def of(self, *outcomes: Outcome) -> list[Verdict]:
        """Give the verdicts that came out in one of these ways."""
        return [verdict for verdict in self.verdicts if verdict.outcome in outcomes]

    def fails(self, verdict: Verdict) -> bool:
        """Whether a verdict makes the run fail."""
        return fails(verdict, self.fail_on)

    @property
    def notes(self) -> list[str]:
        """What else a reader has to know, without secrets."""
        expired = list(self.waivers.notes()) if self.waivers else []
        return [*self.evidence.notes, *expired]

    def command(self, finding: Finding) -> str | None:
        """Give the command that shows a finding again, None where no request does."""
        if finding.record is None:
            return None
        return curl(finding.record.exchange.request, self.target)

    def conclusion(self) -> str:
        """Say in one sentence how the run came out."""
        counts = self.counts
        failed, warned = counts[Outcome.FAILED], counts[Outcome.WARNED]
        judged = sum(verdict.judged > 0 for verdict in self.verdicts)
        numbers = f"{judged} of {len(self.verdicts)} requirements judged"
        if self.exit is Exit.NOT_CONFORMING:
            found = [f"{failed} MUST failed"] if failed else []
            found += [f"{warned} SHOULD failed"] if warned else []
            unused = [v.requirement.id for v in self.verdicts if v.unused_waiver]
            found += [f"the waiver of {each} is of no use" for each in unused]
            if (percent := self.coverage.percent) < (self.require_coverage or 0):
                found.append(f"coverage {percent} %, {self.require_coverage} % are required")
            return f"not conforming: {', '.join(found)}; {numbers}"
        if self.exit is Exit.NOT_JUDGED and not self.evidence.answered:
            return "not judged: there is no answer to a request of the contract in it"
        if self.exit is Exit.NOT_JUDGED:
            open_ = self.of(Outcome.INCONCLUSIVE, Outcome.ERROR)
            ids = ", ".join(v.requirement.id for v in open_ if v.requirement.level == "MUST")
            return f"not judged: the run did not show enough for {ids}; {numbers}"
        found = [f"{warned} SHOULD failed"] if warned else []
        found += [f"{waived} waived"] if (waived := counts[Outcome.WAIVED]) else []
        word = "conforming as far as it goes" if self.passive else "conforming"
        return f"{word}: {', '.join([*found, numbers])}"
