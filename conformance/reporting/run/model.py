"""A finished run, which every report format reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....spec.describing import joined
from ....spec.register import Level
from ...evidence.coverage import Coverage
from ...freedoms.taken import Taken
from ...records.finding import common_nouns
from ...verdicts.verdict import Exit, Outcome, count, fails, is_open
from ..archive.curl import curl
from .conclusion import result_of
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

    def conclusion(self) -> str:
        """Return the result of the run in one sentence."""
        result = result_of(self)
        return f"{result} ({self.server})" if self.stub else result


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
