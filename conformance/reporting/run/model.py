"""A finished run, which every report format reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....spec.describing import counted, joined
from ....spec.register import Level
from ....spec.visible import line
from ...evidence.coverage import Coverage
from ...freedoms.taken import Taken
from ...records.finding import common_nouns
from ...verdicts.verdict import Exit, Outcome, count, fails, is_open
from ..archive.curl import curl
from .operations import Operations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ....spec.register import Section
    from ...evidence.evidence import Evidence
    from ...evidence.walk import ListId
    from ...http.target import Target
    from ...records.finding import Finding
    from ...verdicts.verdict import Verdict
    from .load_summary import LoadSummary
    from .waivers import Waivers

_MOST_IDS = 10
_MOST_MISSING = 3
"""How many requirements and reasons a conclusion names."""


STUB = "the built-in stub"
SCHEMA_VERSION = 1
"""The version of report.json: incremented when a member is renamed, is removed or changes its
meaning."""
OF_LIST = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED, Outcome.OBSERVED)
"""The outcomes of a requirement that was judged on a list."""
_ACCUSED = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.WAIVED)
MOST_SHOWN = 3
"""Findings shown of one requirement where there is little room; other reports have more."""


@dataclass(frozen=True, slots=True)
class ListSummary:
    """The number of verdicts of each outcome on one list; `unread` says why it was not read."""

    list_id: ListId
    name: str
    unread: str
    counts: Counter[Outcome] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """How many requirements were judged there."""
        return sum(self.counts.values()) - self.not_judged

    @property
    def not_judged(self) -> int:
        """How many requirements were not judged there."""
        return self.counts[Outcome.INCONCLUSIVE] + self.counts[Outcome.SKIPPED]


@dataclass(frozen=True)
class Run:
    """A finished run.

    `configuration` has the options of the run, without secrets; `started` is in seconds since
    1970-01-01 UTC, `duration` in seconds. Evidence and verdicts are as they may be published. In a
    `passive` run other clients sent the requests, so some requirements may not be covered. `stub`
    is whether the server is the built-in stub. If the server is `mine`, all methods may be sent to
    all lists; `shows_data` is whether reports show personal data. `labels` is what a team says
    about the run, by name. With the options `connecting`, curl connects as the run did. `statement`
    is the SHA-256 of statement.json, '' if there is none. `taken` has the freedoms of the contract
    that the server takes, and `load` what a load test measured.
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
    taken: Taken = field(default_factory=Taken)
    require_coverage: int | None = None
    connecting: tuple[str, ...] = ()
    stub: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    mine: bool = False
    shows_data: bool = False
    load: LoadSummary | None = None
    statement: str = ""

    @property
    def server(self) -> str:
        """The server, for people: its URL, unless it is the built-in stub."""
        return STUB if self.stub else self.target.url

    @property
    def terms(self) -> str:
        """What the run might send and show, for people."""
        where = "all paths" if self.mine else "unknown paths only"
        sent = [] if self.passive else [f"writing methods to {where}"]
        return "; ".join([*sent, f"personal data {'shown' if self.shows_data else 'replaced'}"])

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

    @property
    def accused(self) -> list[Verdict]:
        """The verdicts that have to be explained, failures first."""
        return [verdict for outcome in _ACCUSED for verdict in self.of(outcome)]

    @property
    def unused_waivers(self) -> list[Verdict]:
        """The verdicts with an unused waiver."""
        return [verdict for verdict in self.verdicts if verdict.unused_waiver]

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
        return [*self.operations.notes(), *self.evidence.notes, *expired]

    @property
    def operations(self) -> Operations:
        """The operations that were sent, and those that were left out."""
        return Operations.of(self.evidence)

    @property
    def policies(self) -> list[str]:
        """The policies of the contract that were chosen for the run, each with its title."""
        return [str(policy) for policy in self.evidence.contract.policies]

    def command(self, finding: Finding) -> str | None:
        """Return the command that reproduces a finding, or None if no request does."""
        if finding.record is None:
            return None
        command = curl(finding.record.exchange.request, self.target, self.connecting)
        if finding.before is not None:
            before = curl(finding.before.exchange.request, self.target, self.connecting)
            return f"{before} --next {command.removeprefix('curl ')}"
        if finding.beside is not None:
            beside = curl(finding.beside.exchange.request, self.target, self.connecting)
            return f"for _ in 1 2 3 4 5; do {command} & {beside} & wait; done"
        return command

    @property
    def lists(self) -> list[ListSummary]:
        """The lists that were named for the run, if there were several."""
        found: dict[ListId, ListSummary] = {}
        for each in (each for verdict in self.verdicts for each in verdict.lists):
            unread = self.evidence.unread.get(each.list_id, "")
            summary = found.setdefault(each.list_id, ListSummary(each.list_id, each.name, unread))
            summary.counts[each.outcome] += 1
        return list(found.values())

    @property
    def list_noun(self) -> str:
        """What the lists that were named for the run are called."""
        ids = {operation for operation, _ in self.evidence.lists}
        return common_nouns(op for op in self.evidence.contract.operations if op.id in ids).list

    def _judged(self) -> str:
        """Return in words how much was judged."""
        lists, sent = self.lists, str(self.operations)
        if not lists:
            judged = sum(verdict.judged > 0 for verdict in self.verdicts)
            numbers = f"{judged} of {len(self.verdicts)} requirements judged"
        else:
            judged = sum(each.judged for each in lists)
            pairs = f"requirement × {self.list_noun} pairs"  # noqa: RUF001 - the sign of a product
            every = sum(each.counts.total() for each in lists)
            numbers = f"{judged} of {every} {pairs} judged"
        return f"{numbers}; {sent}" if sent else numbers

    def conclusion(self) -> str:
        """Return the result of the run in one sentence."""
        return f"{self._result()} ({self.server})" if self.stub else self._result()

    def _result(self) -> str:
        counts = self.counts
        numbers = self._judged()
        if self.exit is Exit.NOT_CONFORMING:
            found = [*self._failed(), *self._warned()]
            found += [f"the waiver of {v.requirement.id} is unused" for v in self.unused_waivers]
            if (percent := self.coverage.percent) < (self.require_coverage or 0):
                found.append(f"coverage is {percent} %, required is {self.require_coverage} %")
            found += [self.load.conclusion] if self.load and self.load.exceeds else []
            return f"not conforming: {', '.join(found)}; {numbers}"
        if ended := self.evidence.ended:
            word = "error" if self.exit is Exit.TOOL_ERROR else "not judged"
            until = f"; before that, {', '.join(found)}" if (found := self._failed()) else ""
            return f"{word}: {line(ended)}{until}; {numbers}"
        if self.exit is Exit.TOOL_ERROR:
            broken = self.of(Outcome.ERROR)
            ids = ", ".join(verdict.requirement.id for verdict in broken)
            why = line("; ".join(dict.fromkeys(verdict.reason for verdict in broken)))
            return f"error: {ids} could not be judged because {why}; {numbers}"
        if self.exit is Exit.NOT_JUDGED:
            return f"not judged: {self._open()}"
        found = self._warned()
        found += [f"{waived} waived"] if (waived := counts[Outcome.WAIVED]) else []
        word = "conforming"
        if self.passive or self.evidence.left_out:
            word += f" as far as {'covered' if self.passive else 'sent'}"
        return f"{word}: {', '.join([*found, numbers])}"

    def _open(self) -> str:
        """Return in words what was not judged."""
        numbers, unopened = self._judged(), self.operations.unopened
        if not unopened and not any(verdict.judged for verdict in self.verdicts):
            nothing = "no request of the contract was answered"
            if self.evidence.answered:
                nothing = "no response shows what a requirement is about"
            sent = str(self.operations)
            return f"{nothing}; {sent}" if sent else nothing
        if unopened:
            rest = len(unopened) - 1
            more = f"; and {counted(rest, 'operation', 'operations')} more" if rest else ""
            return f"{line(next(iter(unopened.values())))}{more}; {numbers}"
        open_ = [v.requirement.id for v in self.verdicts if self.leaves_open(v)]
        if self.load and self.load.is_open and not open_:
            return f"{self.load.conclusion}; {numbers}"
        rest = len(open_) - _MOST_IDS
        ids = ", ".join(open_[:_MOST_IDS]) + (f" and {rest} more" if rest > 0 else "")
        return f"{ids} could not be judged{self._not_covered()}; {numbers}"

    def _not_covered(self) -> str:
        """Return the missing data that leave requirements open, each once."""
        open_ = [v.uncovered or v.reason for v in self.verdicts if self.leaves_open(v)]
        missing = [*dict.fromkeys(each for each in open_ if each)]
        if not missing:
            return ""
        more = len(missing) - _MOST_MISSING
        shown = [*missing[:_MOST_MISSING], *([f"{more} more reasons"] if more > 0 else [])]
        return f" because {joined(shown, 'and')}"

    def _failed(self) -> list[str]:
        failed = self.counts[Outcome.FAILED]
        return [f"{failed} MUST {_noun(failed)} failed"] if failed else []

    def _warned(self) -> list[str]:
        levels = Counter(verdict.requirement.level for verdict in self.of(Outcome.WARNED))
        once, should = levels[Level.MUST], levels[Level.SHOULD]
        found = [f"{once} MUST {_noun(once)} failed once and not again"] if once else []
        return found + ([f"{should} SHOULD {_noun(should)} failed"] if should else [])


class NotJudgedError(Exception):
    """Nothing can be judged; the message gives the reason and what to do.

    `run` has what was exchanged until then, None if that is nothing.
    """

    run: Run | None = None


def reasons(verdict: Verdict) -> list[str]:
    """Return why a verdict is what it is, and in which of several lists."""
    return [text for text in (verdict.reason, where(verdict)) if text]


def where(verdict: Verdict) -> str:
    """Return in which of several lists a requirement failed or could not be judged."""
    found: dict[Outcome, list[str]] = {}
    for each in verdict.lists:
        if each.outcome in {Outcome.FAILED, Outcome.WARNED, Outcome.INCONCLUSIVE}:
            found.setdefault(each.outcome, []).append(each.name)
    return "; ".join(f"{outcome} in {joined(names, 'and')}" for outcome, names in found.items())


def _noun(count: int) -> str:
    return "requirement" if count == 1 else "requirements"
