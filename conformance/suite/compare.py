"""Compare two report.json files.

Two findings are the same if they are about the same place. Their values can differ: pseudonyms, for
example, depend on the token.
"""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from ...spec.visible import cut, line
from ..report.as_json import SCHEMA_VERSION
from ..rules.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGEST = 200_000_000
_HINT = "`ruangkerja check --report-dir` writes report.json"
_LONGEST = 200

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


class ReportError(ValueError):
    """The file is not a report. The message is one line with the name of the file and a hint."""


class ChangeDirection(StrEnum):
    """Whether a change is for the better."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"


class ReportedFinding(Struct, frozen=True):
    """A finding of a report."""

    where: str
    field: str | None
    message: str

    @property
    def place(self) -> tuple[str, str]:
        """The key that identifies the finding in other reports."""
        return self.where, self.field or ""


class Result(Struct, frozen=True):
    """The result for one requirement, with the first of `count` findings."""

    id: str
    title: str
    outcome: Outcome = msgspec.field(name="verdict")
    unused_waiver: str
    count: int = msgspec.field(name="findings_total")
    findings: tuple[ReportedFinding, ...]


class Point(Struct, frozen=True):
    """A point of coverage, and how often the data covered it."""

    place: str
    value: str
    counted: bool
    count: int


class ReportedCoverage(Struct, frozen=True):
    """The parts of the contract that the data of a run covered."""

    percent: int
    points: tuple[Point, ...]

    @property
    def unseen(self) -> list[str]:
        """The points that the data did not cover."""
        return [f"{p.place} {p.value}".strip() for p in self.points if p.counted and not p.count]


class Tool(Struct, frozen=True):
    """The tool that wrote a report."""

    name: Literal["ruangkerja"]
    version: str


class Heading(Struct, frozen=True):
    """The fields that identify a report."""

    schema_version: int
    tool: Tool

    def __post_init__(self) -> None:
        if (version := self.schema_version) != SCHEMA_VERSION:
            what = f"schema_version is {version}, and this version reads {SCHEMA_VERSION}"
            raise ValueError(what)


class ReportedContract(Struct, frozen=True):
    """The contract of a run."""

    sha256: str


class ReportedTarget(Struct, frozen=True):
    """The server of a run."""

    url: str


class Report(Heading, frozen=True):
    """The parts of a report.json that are compared."""

    contract: ReportedContract
    target: ReportedTarget
    configuration: dict[str, Any]
    coverage: ReportedCoverage
    rules: tuple[Result, ...]
    labels: dict[str, str] = msgspec.field(default_factory=dict)


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


class Comparison(Struct, frozen=True):
    """The changes from one report to another.

    `circumstances` are other differences, which may be the reason for the changes.
    """

    circumstances: tuple[str, ...]
    changes: tuple[Change, ...]
    coverage: CoverageChange

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


def load(path: Path) -> Report:
    """Read a report.json. Raises ReportError if the file is not a report."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise ReportError(f"{path}: is not a report: larger than {_LARGEST:,} bytes")
    try:
        found = json.loads(data)
        msgspec.convert(found, Heading)  # of another version, the rest may be different
        return msgspec.convert(found, Report)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = f"is not JSON, or is incomplete ({error.msg}, {where})"
        raise ReportError(f"{path}: {what}; {_HINT}") from None
    except RecursionError:
        raise ReportError(f"{path}: is not a report: nested too deeply; {_HINT}") from None
    except ValueError as error:  # also bytes that are not UTF-8, and numbers that are too long
        what = cut(line(str(error)), _LONGEST)
        raise ReportError(f"{path}: is not a report: {what}; {_HINT}") from None


def compare(before: Report, after: Report) -> Comparison:
    """Return the changes from one report to a later one."""
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
    noun = "requirement is" if worse == 1 else "requirements are"
    return f"{worse} {noun} worse, {better} better"
