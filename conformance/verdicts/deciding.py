"""Deciding: each requirement is judged by its rules, which never stops the others."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..records.finding import quoted_sentence
from ..rules import rules_for
from .per_list import ListTally
from .verdict import Group, ListVerdict, Outcome, Verdict, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.register import Requirement
    from ..evidence.evidence import Evidence
    from ..evidence.walk import ListId
    from ..rules import Rule
    from .verdict import Matcher

_WALKED = "pagination."
_NOTHING = "no response of this list shows it"
_NOT_COVERED = "not covered: "


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
    tally = ListTally(evidence) if len(evidence.lists) > 1 else None
    try:
        for part in evidence.parts(requirement.id):
            for rule, subject in ((each, s) for each in rules for s in each.subjects(part)):
                judged += 1
                lists = tally.judge(subject) if tally else ()
                for bare in rule.judge(subject):
                    finding = bare.counted(part.repeats)
                    found.add(finding)
                    if tally:
                        tally.find(finding, lists)
                    if matcher is not None:
                        groups.setdefault(matcher(requirement, finding), Group()).add(finding)
    except Exception as error:  # noqa: BLE001 - one rule that fails must not stop the others
        last = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(last.filename).name}, line {last.lineno}"
        why = f"the rule failed: {type(error).__name__}: {error} ({at})"
        decision = _Decision(Outcome.ERROR, why)
    else:
        decision = _decided(evidence, requirement, rules, judged, found)
    return Verdict(
        requirement,
        decision.outcome,
        findings=tuple(found.first.values()),
        count=found.count,
        judged=judged,
        reason=decision.reason,
        uncovered=decision.uncovered,
        help=decision.help,
        groups=groups,
        once=found.once,
        lists=() if tally is None else tuple(_by_list(requirement, rules, tally)),
    )


class _Decision(NamedTuple):
    """The outcome of a requirement, with the members of its verdict that explain it."""

    outcome: Outcome
    reason: str = ""
    uncovered: str = ""
    help: str = ""


def _decided(
    evidence: Evidence, requirement: Requirement, rules: Sequence[Rule], judged: int, found: Group
) -> _Decision:
    outcome = outcome_of(requirement, found.count, found.once)
    if judged == 0 and (gap := evidence.not_sent.get(requirement.id)) is not None:
        return _Decision(Outcome.SKIPPED, gap.reason, help=gap.help)
    if judged == 0 and evidence.left_out and (why := _all_left_out(evidence, rules)):
        return _Decision(Outcome.SKIPPED, f"no request was sent to an operation {why}")
    if judged == 0 and (failed := _failed_each_time(evidence, rules)) is not None:
        why = f"no request that tests it got a response that can be judged: {failed}"
        help_ = "correct these responses, and repeat the run"
        return _Decision(Outcome.INCONCLUSIVE, f"{_NOT_COVERED}{why}", why, help_)
    if judged == 0:
        uncovered = " and ".join(dict.fromkeys(rule.uncovered for rule in rules))
        return _Decision(Outcome.INCONCLUSIVE, f"{_NOT_COVERED}{uncovered}", uncovered)
    if outcome is Outcome.PASSED and evidence.unread and (unread := _unread(evidence, rules)):
        reasons = (f"{evidence.lists[id_]} was not read: {why}" for id_, why in unread.items())
        return _Decision(Outcome.INCONCLUSIVE, "; ".join(reasons))
    return _Decision(outcome)


def _failed_each_time(evidence: Evidence, rules: Sequence[Rule]) -> str | None:
    """Return how the first request that tests the rules failed, None if there is no such."""
    for record in evidence.records:
        failure, deviations = record.exchange.failure, record.reading.deviations
        is_tested = any(rule.is_about(each) for rule in rules for each in deviations)
        if failure is not None and is_tested and not record.is_put_off:
            return quoted_sentence(failure.message)
    return None


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
    for id_, name in evidence.lists.items():
        if not _are_about(rules, id_):
            continue
        judged, count = tally.judged[id_], tally.found[id_]
        outcome, reason = outcome_of(requirement, count, tally.once[id_]), ""
        if outcome is Outcome.PASSED and id_ in unread:
            outcome, reason = Outcome.INCONCLUSIVE, unread[id_]
        elif not judged:
            outcome, reason = Outcome.SKIPPED, evidence.unread.get(id_, _NOTHING)
        yield ListVerdict(id_, name, outcome, judged, count, reason)
