"""Verdicts: what a run found for each requirement, and what that means for the whole run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

from ...spec.register import Level
from ..evidence.walk import ListId  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ...spec.register import Requirement
    from ..records.finding import Finding

MOST_KEPT = 25
"""Findings kept of one requirement; the others are counted."""


class Outcome(StrEnum):
    """The outcome of one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    """A SHOULD that failed, or a MUST that failed once and not again."""
    INCONCLUSIVE = "inconclusive"
    """Nothing that the requirement is about was returned."""
    SKIPPED = "skipped"
    """Left out, for a reason."""
    OBSERVED = "observed"
    """An INFO: what was returned is listed, not judged."""
    WAIVED = "waived"
    ERROR = "error"
    """The rule itself failed."""


MEANINGS: Mapping[Outcome, str] = {
    Outcome.PASSED: "All responses that show it are as required.",
    Outcome.FAILED: "A MUST that at least one response contradicts.",
    Outcome.WARNED: "A SHOULD that failed, or a MUST that failed once and not again.",
    Outcome.INCONCLUSIVE: "No response had what the requirement is about.",
    Outcome.SKIPPED: "No request was sent for it.",
    Outcome.OBSERVED: "An INFO: what was returned is listed, and nothing about it is wrong.",
    Outcome.WAIVED: "It failed, and a waiver accepts that until a date.",
    Outcome.ERROR: "The check itself failed, which says nothing about the server.",
}
"""What each outcome means, for the legend of a report."""


class Exit(IntEnum):
    """The exit codes of a run."""

    CONFORMING = 0
    NOT_CONFORMING = 1
    USAGE = 2
    NOT_JUDGED = 3
    TOOL_ERROR = 4
    """The tool itself failed: this says nothing about a server."""
    INTERRUPTED = 130


Matcher: TypeAlias = "Callable[[Requirement, Finding], frozenset[object]]"
"""Returns what applies to a finding, such as waivers: findings are grouped by it."""


@dataclass(slots=True)
class Group:
    """Findings that are alike in what applies to them: the number of all, and the first of them."""

    count: int = 0
    first: dict[str, Finding] = field(default_factory=dict)
    """By message, as a finding about a repeated request is kept once."""
    once: int = 0
    """How many are failures that were seen once and not again."""

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if there are few."""
        self.count += 1
        self.once += finding.is_once
        if len(self.first) < MOST_KEPT:
            self.first.setdefault(finding.message, finding)


@dataclass(frozen=True, slots=True)
class ListVerdict:
    """What was found for one requirement in one of several lists; `reason` says why nothing was."""

    list_id: ListId
    name: str
    outcome: Outcome
    judged: int = 0
    count: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found for one requirement.

    `judged` counts the subjects of its rules, and `count` all findings; `findings` has the first of
    them, without repetitions. `groups` has all findings by what applies to them, if anything can.
    `once` counts the failures that were seen once and not again. `reason` says why there is no
    judgement, `uncovered` which data no response had, if that is why, and `help` what lets it be
    judged, if it is known. `unused_waiver` says that a waived failure did not occur. `lists` has a
    verdict for each list if several were named for the run: the worst of them is that of the
    requirement.
    """

    requirement: Requirement
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    count: int = 0
    judged: int = 0
    reason: str = ""
    uncovered: str = ""
    help: str = ""
    unused_waiver: str = ""
    groups: Mapping[frozenset[object], Group] = field(default_factory=dict)
    once: int = 0
    lists: tuple[ListVerdict, ...] = ()


def outcome_of(requirement: Requirement, findings: int, once: int) -> Outcome:
    """Return the outcome of a requirement with findings, some of which were seen only once."""
    if requirement.level is Level.INFO:
        return Outcome.OBSERVED
    if findings == once == 1:
        return Outcome.WARNED
    if findings:
        return Outcome.FAILED if requirement.level is Level.MUST else Outcome.WARNED
    return Outcome.PASSED


def without_findings(verdict: Verdict) -> Verdict:
    """Return a verdict that counts its findings, and has none of them."""
    groups = {applies: replace(group, first={}) for applies, group in verdict.groups.items()}
    return replace(verdict, findings=(), groups=groups)


def together(some: Verdict, others: Verdict) -> Verdict:
    """Combine two verdicts on one requirement, each on a part of the same run."""
    for broken in (some, others):
        if broken.outcome is Outcome.ERROR:
            return broken
    if not (some.judged and others.judged):
        return some if some.judged else others
    requirement, count, once = some.requirement, some.count + others.count, some.once + others.once
    groups: dict[frozenset[object], Group] = {}
    for key, group in (*some.groups.items(), *others.groups.items()):
        both = groups.setdefault(key, Group())
        both.count += group.count
        both.once += group.once
        both.first = dict([*both.first.items(), *group.first.items()][:MOST_KEPT])
    return Verdict(
        requirement,
        outcome_of(requirement, count, once),
        (*some.findings, *others.findings)[:MOST_KEPT],
        count,
        some.judged + others.judged,
        groups=groups,
        once=once,
    )


def exit_code(
    verdicts: Sequence[Verdict], *, fail_on: Level = Level.MUST, passive: bool = False
) -> Exit:
    """Return what the verdicts mean for the whole run.

    Not conforming if a MUST failed, or with `fail_on` SHOULD a SHOULD, or if a waiver is unused;
    otherwise an error of the tool if a rule failed; otherwise not judged if a requirement of such a
    level is inconclusive; otherwise conforming. If the evidence is `passive`, an inconclusive
    requirement says nothing about the server.
    """
    if any(fails(verdict, fail_on) for verdict in verdicts):
        return Exit.NOT_CONFORMING
    if any(verdict.outcome is Outcome.ERROR for verdict in verdicts):
        return Exit.TOOL_ERROR
    if any(is_open(verdict, fail_on, passive=passive) for verdict in verdicts):
        return Exit.NOT_JUDGED
    return Exit.CONFORMING


def fails(verdict: Verdict, fail_on: Level = Level.MUST) -> bool:
    """Whether a verdict alone makes the run fail."""
    levels = {Outcome.FAILED} if fail_on is Level.MUST else {Outcome.FAILED, Outcome.WARNED}
    return verdict.outcome in levels or bool(verdict.unused_waiver)


def is_open(verdict: Verdict, fail_on: Level = Level.MUST, *, passive: bool = False) -> bool:
    """Whether a verdict alone leaves open if the server conforms."""
    if verdict.outcome is Outcome.ERROR:
        return True
    counts = verdict.requirement.level in {Level.MUST, fail_on}
    return counts and verdict.outcome is Outcome.INCONCLUSIVE and not passive


def count(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Return the number of verdicts of each outcome, in the order of `Outcome`."""
    numbers = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for verdict in verdicts:
        numbers[verdict.outcome.value] += 1
    return numbers
