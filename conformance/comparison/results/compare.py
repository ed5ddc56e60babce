"""Compare two report.json files.

Two findings are the same if they are about the same place. Their values can differ: pseudonyms, for
example, depend on the token.
"""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from ....spec.describing import counted
from ....spec.visible import line
from ...verdicts.verdict import Outcome
from .evolution import unchanged
from .reports import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .evolution import Evolution
    from .reports import Report, Result

# The badness of an outcome: unknown results are between passed and failed ones.
_BADNESS = {
    Outcome.PASSED: 0,
    Outcome.OBSERVED: 0,
    Outcome.WAIVED: 1,
    Outcome.SKIPPED: 2,
    Outcome.INCONCLUSIVE: 2,
    Outcome.WARNED: 3,
    Outcome.FAILED: 4,
    Outcome.ERROR: 4,
}


class ChangeDirection(StrEnum):
    """Whether a change is for the better."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"


class Change(Struct, frozen=True):
    """The change of one requirement."""

    id: str
    title: str
    before: str | None
    after: str | None
    direction: ChangeDirection
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


class CoverageChange(Struct, frozen=True):
    """The coverage of both runs in percent, and the points that only one of them covered."""

    before: int
    after: int
    no_longer_seen: tuple[str, ...]
    newly_seen: tuple[str, ...]


class ContractChange(Struct, frozen=True):
    """A change from the contract of one run to that of the other, in words."""

    effect: str
    kind: str
    where: str
    message: str


class Comparison(Struct, frozen=True):
    """The changes from one report to another.

    `circumstances` are other differences, which may be the reason for the changes. So may be
    `contract_changes`, what changed between their contracts; None if these are not known.
    """

    circumstances: tuple[str, ...]
    changes: tuple[Change, ...]
    coverage: CoverageChange
    contract_changes: tuple[ContractChange, ...] | None = ()

    def of(self, direction: ChangeDirection) -> list[Change]:
        """Return the changes in one direction."""
        return [change for change in self.changes if change.direction is direction]

    @property
    def is_worse(self) -> bool:
        """Whether at least one requirement is worse."""
        return bool(self.of(ChangeDirection.WORSE))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a JSON object."""
        return {"schema_version": 1, "worse": self.is_worse, **msgspec.to_builtins(self)}


def compare(before: Report, after: Report, evolution: Evolution = unchanged) -> Comparison:
    """Return the changes from one report to a later one.

    `evolution` returns the changes between two contracts by their digests. Raises ReportError if
    a report has no results, as its run ended before anything was judged.
    """
    for name, report in (("BEFORE", before), ("AFTER", after)):
        if not report.rules:
            raise ReportError(f"{name}: the run ended before anything was judged; repeat it")
    first, second = ({rule.id: rule for rule in report.rules} for report in (before, after))
    changes = (_change(first.get(id_), second.get(id_)) for id_ in {**first, **second})
    unseen_before, unseen_after = before.coverage.unseen, after.coverage.unseen
    return Comparison(
        circumstances=tuple(_circumstances(before, after)),
        changes=tuple(change for change in changes if change is not None),
        coverage=CoverageChange(
            before.coverage.percent,
            after.coverage.percent,
            no_longer_seen=tuple(x for x in unseen_after if x not in unseen_before),
            newly_seen=tuple(x for x in unseen_before if x not in unseen_after),
        ),
        contract_changes=_contract_changes(before, after, evolution),
    )


def _contract_changes(
    before: Report, after: Report, evolution: Evolution
) -> tuple[ContractChange, ...] | None:
    found = evolution(before.contract.sha256, after.contract.sha256)
    if found is None:
        return None
    return tuple(
        ContractChange(each.effect.value, each.kind, str(each.where), each.message)
        for each in found
        if not each.is_counted
    )


def _circumstances(before: Report, after: Report) -> Iterator[str]:
    if before.contract != after.contract:
        digests = [report.contract.sha256[:12] for report in (before, after)]
        yield f"different contract: SHA-256 {digests[0]}…, then {digests[1]}…"
    if before.target != after.target:
        yield f"different target: {before.target.url}, then {after.target.url}"
    if before.tool != after.tool:
        versions = f"{before.tool.version}, then {after.tool.version}"
        yield f"different version of {before.tool.name}: {versions}"
    for name in dict.fromkeys((*before.labels, *after.labels)):
        if (values := [r.labels.get(name, "none") for r in (before, after)])[0] != values[1]:
            yield f"different label {name}: {values[0]}, then {values[1]}"
    for name in dict.fromkeys((*before.configuration, *after.configuration)):
        values = [json.dumps(r.configuration.get(name)) for r in (before, after)]
        if values[0] != values[1]:
            yield f"different {name.replace('_', ' ')}: {values[0]}, then {values[1]}"


def _change(before: Result | None, after: Result | None) -> Change | None:
    if before is None or after is None:
        first, second = (each.outcome if each else None for each in (before, after))
        only = before or after
        return Change(only.id, only.title, first, second, ChangeDirection.OTHER) if only else None
    new, gone = _difference(before, after)
    direction = _direction(before, after, new=bool(new))
    was, now = _said(before), _said(after)
    # Observations are neither better nor worse.
    if was == now and (not (new or gone) or after.outcome is Outcome.OBSERVED):
        return None
    return Change(after.id, after.title, was, now, direction, tuple(new), tuple(gone))


def _said(result: Result) -> str:
    return f"{result.outcome.value}, unused waiver" if result.unused_waiver else result.outcome


def _direction(before: Result, after: Result, *, new: bool) -> ChangeDirection:
    was, now = (_BADNESS[r.outcome] + 10 * bool(r.unused_waiver) for r in (before, after))
    if was != now:
        return ChangeDirection.WORSE if now > was else ChangeDirection.BETTER
    if before.outcome is not after.outcome or after.outcome is Outcome.WAIVED:
        return ChangeDirection.OTHER
    return ChangeDirection.WORSE if new else ChangeDirection.BETTER


def _difference(before: Result, after: Result) -> tuple[list[str], list[str]]:
    """Return the new findings and those that are gone.

    A report only keeps the first findings. If there are more, a finding that is missing in one of
    the reports may have been left out there, so the numbers decide.
    """
    new, gone = _beyond(after, before), _beyond(before, after)
    if before.count > len(before.findings) or after.count > len(after.findings):
        new = new if after.count > before.count else []
        gone = gone if after.count < before.count else []
        if after.count != before.count and not (new or gone):
            number = f"{after.count} findings, {before.count} before"
            (new if after.count > before.count else gone).append(number)
    return new, gone


def _beyond(some: Result, other: Result) -> list[str]:
    left = Counter(finding.place for finding in other.findings)
    found = []
    for finding in some.findings:
        if left[finding.place]:
            left[finding.place] -= 1
        else:
            found.append(finding.message)
    return found


MOST_SHOWN = 3


def render(comparison: Comparison) -> str:
    """Return a comparison as text."""
    return "\n".join(map(line, _lines(comparison)))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield from (f"note: {each}" for each in comparison.circumstances)
    if comparison.contract_changes is None:
        yield (
            "note: name both contracts with --contract to see what changed between them; with "
            "policies, keep evidence.json beside the reports"
        )
    for contract_change in comparison.contract_changes or ():
        where, what = contract_change.where, contract_change.message
        yield f"contract: {contract_change.effect}: {where}: {what}"
    for direction in ChangeDirection:
        for change in comparison.of(direction):
            yield from _told(change)
    coverage = comparison.coverage
    if coverage.before != coverage.after or coverage.no_longer_seen or coverage.newly_seen:
        yield f"coverage {coverage.before} %, then {coverage.after} %"
        yield from (f"  no longer covered: {each}" for each in coverage.no_longer_seen)
        yield from (f"  newly covered: {each}" for each in coverage.newly_seen)
    yield _conclusion(comparison)


def _told(change: Change) -> Iterator[str]:
    was, now = change.before or "not in the report", change.after or "not in the report"
    outcome = now if was == now else f"{was}, then {now}"
    yield f"{change.direction.value:<8}{change.id:<10}{outcome}: {change.title}"
    for word, findings in (("new", change.new), ("gone", change.gone)):
        yield from (f"  {word}: {finding}" for finding in findings[:MOST_SHOWN])
        if len(findings) > MOST_SHOWN:
            yield f"  {word}: … and {len(findings) - MOST_SHOWN} more"


def _conclusion(comparison: Comparison) -> str:
    worse, better = (len(comparison.of(d)) for d in (ChangeDirection.WORSE, ChangeDirection.BETTER))
    if not comparison.changes:
        return "no verdict changed"
    return f"{counted(worse, 'requirement is', 'requirements are')} worse, {better} better"
