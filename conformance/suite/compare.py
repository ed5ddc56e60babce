"""Comparing: what changed from one report.json to another.

A finding is the same where it is about the same place: what stands there may differ, as fakes of
people do when the token is another one.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ...spec.visible import line
from ..evidence import json_members as members
from ..report.as_json import SCHEMA_VERSION
from ..rules.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LARGEST = 200_000_000
_HINT = "report.json is what `ruangkerja check --report-dir` writes"
_TOOL = "ruangkerja"

# How bad an outcome is: what is not known is worse than what passed, and better than what failed.
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


class ReportError(ValueError):
    """A file that is no report; the message names it, in one line, and says what to do."""


class ChangeDirection(StrEnum):
    """What a change is to whoever waits for a better report."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding of a report; `place` is what makes it the same in another one."""

    place: tuple[str, str]
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a report says of one requirement; it keeps the first of `count` findings."""

    id: str
    level: str
    title: str
    outcome: Outcome
    unused_waiver: str
    count: int
    findings: tuple[ReportedFinding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report.json, as far as two of them are compared."""

    version: str
    contract: str
    target: str
    configuration: Mapping[str, object]
    results: Mapping[str, Result]
    percent: int
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed for one requirement."""

    id: str
    title: str
    before: str | None
    after: str | None
    direction: ChangeDirection
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the change as a JSON object."""
        return {
            "id": self.id,
            "title": self.title,
            "before": self.before,
            "after": self.after,
            "direction": self.direction.value,
            "new": list(self.new),
            "gone": list(self.gone),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one report to another.

    `circumstances` says what else was not the same, and may be the reason for all of it.
    """

    circumstances: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    coverage: tuple[int, int] = (0, 0)
    no_longer_seen: tuple[str, ...] = ()
    newly_seen: tuple[str, ...] = ()
    of: Mapping[ChangeDirection, list[Change]] = field(init=False)

    def __post_init__(self) -> None:
        by = {d: [c for c in self.changes if c.direction is d] for d in ChangeDirection}
        object.__setattr__(self, "of", by)

    @property
    def is_worse(self) -> bool:
        """Whether anything changed for the worse."""
        return bool(self.of[ChangeDirection.WORSE])

    def to_json(self) -> dict[str, Any]:
        """Give the comparison as a JSON object."""
        before, after = self.coverage
        return {
            "schema_version": 1,
            "worse": self.is_worse,
            "circumstances": list(self.circumstances),
            "changes": [change.to_json() for change in self.changes],
            "coverage": {
                "before": before,
                "after": after,
                "no_longer_seen": list(self.no_longer_seen),
                "newly_seen": list(self.newly_seen),
            },
        }


def load(path: Path) -> Report:
    """Read a report.json; raise ReportError where the file is none."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise ReportError(f"{path}: is larger than {_LARGEST:,} bytes, and no report")
    try:
        return _report(members.of(json.loads(data)))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = f"is not JSON, or was not written to its end ({error.msg}, {where})"
        raise ReportError(f"{path}: {what}; {_HINT}") from None
    except RecursionError:
        raise ReportError(f"{path}: is nested too deeply, and no report; {_HINT}") from None
    except ValueError as error:  # also bytes that are no text, and numbers nobody can read
        raise ReportError(f"{path}: is not a report: {error}; {_HINT}") from None


def _report(found: Mapping[str, object]) -> Report:
    version = members.integer(found, "schema_version")
    with members.within("tool"):
        tool = members.of(members.inner(found, "tool"))
        if members.text(tool, "name") != _TOOL:
            raise members.wrong("name", f'"{_TOOL}"', tool["name"])
    if version != SCHEMA_VERSION:
        raise ValueError(f"schema_version is {version}, and this version reads {SCHEMA_VERSION}")
    with members.within("contract"):
        contract = members.of(members.inner(found, "contract"))
        digest = members.text(contract, "sha256")
    with members.within("target"):
        target = members.text(members.of(members.inner(found, "target")), "url")
    with members.within("coverage"):
        coverage = members.of(members.inner(found, "coverage"))
        percent = members.integer(coverage, "percent")
        unseen = tuple(_unseen(members.array(coverage, "points")))
    with members.within("rules"):
        results = [_result(members.of(rule)) for rule in members.array(found, "rules")]
    return Report(
        version=members.text(tool, "version"),
        contract=digest,
        target=target,
        configuration=members.of(members.inner(found, "configuration")),
        results={result.id: result for result in results},
        percent=percent,
        unseen=unseen,
    )


def _unseen(points: Sequence[object]) -> Iterator[str]:
    for each in points:
        point = members.of(each)
        label = f"{members.text(point, 'place')} {members.text(point, 'value')}".strip()
        if members.boolean(point, "counted") and not members.integer(point, "count"):
            yield label


def _result(rule: Mapping[str, object]) -> Result:
    requirement = members.text(rule, "id")
    with members.within(requirement):
        verdict = members.text(rule, "verdict")
        if verdict not in list(Outcome):
            raise members.wrong("verdict", f"one of {', '.join(Outcome)}", verdict)
        return Result(
            id=requirement,
            level=members.text(rule, "level"),
            title=members.text(rule, "title"),
            outcome=Outcome(verdict),
            unused_waiver=members.text(rule, "unused_waiver"),
            count=members.integer(rule, "findings_total"),
            findings=tuple(_finding(members.of(f)) for f in members.array(rule, "findings")),
        )


def _finding(found: Mapping[str, object]) -> ReportedFinding:
    place = members.inner(found, "field")
    where = members.text(found, "where")
    return ReportedFinding((where, str(place or "")), members.text(found, "message"))


def compare(before: Report, after: Report) -> Comparison:
    """Say what changed from one report to a later one."""
    ids = dict.fromkeys((*before.results, *after.results))
    changes = (_change(before.results.get(id_), after.results.get(id_)) for id_ in ids)
    return Comparison(
        circumstances=tuple(_circumstances(before, after)),
        changes=tuple(change for change in changes if change is not None),
        coverage=(before.percent, after.percent),
        no_longer_seen=tuple(x for x in after.unseen if x not in before.unseen),
        newly_seen=tuple(x for x in before.unseen if x not in after.unseen),
    )


def _circumstances(before: Report, after: Report) -> Iterator[str]:
    if before.contract != after.contract:
        yield f"another contract: SHA-256 {before.contract[:12]}…, then {after.contract[:12]}…"
    if before.target != after.target:
        yield f"another target: {before.target}, then {after.target}"
    if before.version != after.version:
        yield f"another version of {_TOOL}: {before.version}, then {after.version}"
    for name in dict.fromkeys((*before.configuration, *after.configuration)):
        values = [json.dumps(r.configuration.get(name)) for r in (before, after)]
        if values[0] != values[1]:
            yield f"another {name.replace('_', ' ')}: {values[0]}, then {values[1]}"


def _change(before: Result | None, after: Result | None) -> Change | None:
    if before is None or after is None:
        only = before or after
        if only is None:
            return None
        was = before.outcome.value if before else None
        now = after.outcome.value if after else None
        return Change(only.id, only.title, was, now, ChangeDirection.OTHER)
    new, gone = _difference(before, after)
    direction = _direction(before, after, new=bool(new))
    same = _said(before) == _said(after)
    # What was only observed says nothing about better and worse.
    if same and (not (new or gone) or after.outcome is Outcome.OBSERVED):
        return None
    return Change(
        after.id, after.title, _said(before), _said(after), direction, tuple(new), tuple(gone)
    )


def _said(result: Result) -> str:
    return f"{result.outcome.value}, waived in vain" if result.unused_waiver else result.outcome


def _direction(before: Result, after: Result, *, new: bool) -> ChangeDirection:
    was, now = (_BADNESS[r.outcome] + 10 * bool(r.unused_waiver) for r in (before, after))
    if was != now:
        return ChangeDirection.WORSE if now > was else ChangeDirection.BETTER
    if before.outcome is not after.outcome or after.outcome is Outcome.WAIVED:
        return ChangeDirection.OTHER
    return ChangeDirection.WORSE if new else ChangeDirection.BETTER


def _difference(before: Result, after: Result) -> tuple[list[str], list[str]]:
    """Give the findings that are new and those that are gone.

    A report keeps the first findings alone: where there are more, a place that is only in one of
    the lists may have been cut off the other, and the numbers decide.
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
    """Write a comparison for people."""
    return "\n".join(map(line, _lines(comparison)))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield from (f"not the same: {each}" for each in comparison.circumstances)
    for direction in ChangeDirection:
        for change in comparison.of[direction]:
            yield from _told(change)
    before, after = comparison.coverage
    if before != after or comparison.no_longer_seen or comparison.newly_seen:
        yield f"coverage {before} %, then {after} %"
        yield from (f"  no longer seen: {each}" for each in comparison.no_longer_seen)
        yield from (f"  newly seen: {each}" for each in comparison.newly_seen)
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
    worse, better = (len(comparison.of[d]) for d in (ChangeDirection.WORSE, ChangeDirection.BETTER))
    if not comparison.changes:
        return "the verdicts are the same"
    noun = "requirement" if worse == 1 else "requirements"
    return f"{worse} {noun} changed for the worse, {better} for the better"
