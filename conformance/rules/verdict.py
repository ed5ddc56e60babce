"""Verdicts: what a run found for each requirement, and what that means for the whole run."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ...spec.register import Level
from ..evidence.walk import ListId  # noqa: TC001 - msgspec reads the annotations
from . import rules_for
from .per_list import ListTally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...spec.register import Requirement
    from ..evidence.evidence import Evidence
    from ..records.finding import Finding
    from . import Rule

_WALKED = "pagination."
_NOTHING = "no response of this list shows it"
MOST_KEPT = 25
"""Findings kept of one requirement; the others are counted."""

_NOT_COVERED = "not covered: "


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


def judge_all(evidence: Evidence, matcher: Matcher | None = None) -> list[Verdict]:
    """Judge every requirement of the contract's register, in its order."""
    rules = rules_for(evidence.contract)
    return [
        judge(evidence, requirement, rules[requirement.id], matcher)
        for requirement in evidence.contract.register
    ]


def judge(
    evidence: Evidence,
    requirement: Requirement,
    rules: Sequence[Rule],
    matcher: Matcher | None = None,
) -> Verdict:
    """Judge one requirement by its rules; never raises for what the evidence holds."""
    if not rules:
        return Verdict(requirement, Outcome.SKIPPED, reason=requirement.not_checked)
    judged, found = evidence.explored.get(requirement.id, 0), Group()
    groups: dict[frozenset[object], Group] = {}
    tally = ListTally(evidence)
    try:
        for part in evidence.parts(requirement.id):
            for rule, subject in ((each, s) for each in rules for s in each.subjects(part)):
                judged += 1
                lists = tally.judge(subject)
                for bare in rule.judge(subject):
                    finding = bare.counted(part.repeats)
                    found.add(finding)
                    tally.find(finding, lists)
                    if matcher is not None:
                        groups.setdefault(matcher(requirement, finding), Group()).add(finding)
    except Exception as error:  # noqa: BLE001 - one rule that fails must not stop the others
        last = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(last.filename).name}, line {last.lineno}"
        why = f"the rule failed: {type(error).__name__}: {error} ({at})"
        verdict = Verdict(requirement, Outcome.ERROR, reason=why)
    else:
        verdict = _decided(evidence, requirement, rules, judged, found)
    first = tuple(found.first.values())
    return replace(
        verdict,
        findings=first,
        count=found.count,
        judged=judged,
        groups=groups,
        once=found.once,
        lists=tuple(_by_list(requirement, rules, tally)),
    )


def _decided(
    evidence: Evidence, requirement: Requirement, rules: Sequence[Rule], judged: int, found: Group
) -> Verdict:
    """Return the outcome of a requirement with its reason, without the findings."""
    outcome = outcome_of(requirement, found.count, found.once)
    if judged == 0 and (gap := evidence.not_sent.get(requirement.id)) is not None:
        return Verdict(requirement, Outcome.SKIPPED, reason=gap.reason, help=gap.help)
    if judged == 0 and (why := _all_left_out(evidence, rules)):
        reason = f"no request was sent to an operation {why}"
        return Verdict(requirement, Outcome.SKIPPED, reason=reason)
    if judged == 0:
        uncovered = " and ".join(dict.fromkeys(rule.uncovered for rule in rules))
        reason = f"{_NOT_COVERED}{uncovered}"
        return Verdict(requirement, Outcome.INCONCLUSIVE, reason=reason, uncovered=uncovered)
    if outcome is Outcome.PASSED and (unread := _unread(evidence, rules)):
        reasons = (f"{evidence.lists[id_]} was not read: {why}" for id_, why in unread.items())
        return Verdict(requirement, Outcome.INCONCLUSIVE, reason="; ".join(reasons))
    return Verdict(requirement, outcome)


def _all_left_out(evidence: Evidence, rules: Sequence[Rule]) -> str:
    """Return why no operation that the rules are about was sent, '' if one was."""
    every = {operation.id for operation in evidence.contract.operations}
    about = every.intersection(*(rule.operations for rule in rules if rule.operations is not None))
    reasons = [evidence.left_out.get(each, "") for each in sorted(about)]
    return reasons[0] if reasons and all(reasons) else ""


def _unread(evidence: Evidence, rules: Sequence[Rule]) -> Mapping[ListId, str]:
    """Return why lists were not read, if the rules judge the pages of a list together."""
    if not any(rule.aspect.startswith(_WALKED) for rule in rules):
        return {}
    unread = {id_: why for id_, why in evidence.unread.items() if id_ in evidence.lists}
    return {id_: why for id_, why in unread.items() if _are_about(rules, id_)}


def _are_about(rules: Sequence[Rule], list_id: ListId) -> bool:
    return any(rule.operations is None or list_id[0] in rule.operations for rule in rules)


def _by_list(
    requirement: Requirement, rules: Sequence[Rule], tally: ListTally
) -> Iterator[ListVerdict]:
    evidence = tally.evidence
    unread = _unread(evidence, rules)
    for id_, name in evidence.lists.items() if len(evidence.lists) > 1 else ():
        if not _are_about(rules, id_):
            continue
        judged, count = tally.judged[id_], tally.found[id_]
        outcome, reason = outcome_of(requirement, count, tally.once[id_]), ""
        if outcome is Outcome.PASSED and id_ in unread:
            outcome, reason = Outcome.INCONCLUSIVE, unread[id_]
        elif not judged:
            outcome, reason = Outcome.SKIPPED, evidence.unread.get(id_, _NOTHING)
        yield ListVerdict(id_, name, outcome, judged, count, reason)


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
