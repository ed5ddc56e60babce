"""Waivers: known failures that are accepted for a reason, until a date.

A waiver file is a YAML list:

    - requirement: ID
      target: https://staging.example.com/*
      reason: one page too many is counted if the last is full; fixed in the March release
      expires: 2026-03-31
      ticket: TICKET

`target` is a pattern for the base URL: * matches any text, ? any character and [ab] one of these
characters; [[] matches a bracket. `expires` is the last day on which the waiver counts, in UTC.

The other members are optional. `ticket` is for you. `finding` is a pattern for a part of a finding,
as reports show it: only such findings are waived, and any other finding still fails. `verdict:
inconclusive` accepts that the data does not cover the requirement.
"""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ....spec.describing import joined
from ....spec.documents import files
from ....spec.documents.problems import SourceError
from ....spec.documents.writing import write_new
from ....spec.register import Level
from ....spec.visible import line
from ...verdicts.verdict import MOST_KEPT, Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ....spec.documents.problems import Problem
    from ....spec.documents.source import Source
    from ....spec.register import Register, Requirement
    from ...http.target import Target
    from ...records.finding import Finding
    from ...verdicts.verdict import Matcher, Verdict
    from .model import Run

_SCHEMA = Path(__file__).with_name("waivers.schema.yaml")
# Until somebody has decided how long a failure is accepted.
_FIRST_DAYS = 30
_HEADER = """\
# Failures that are accepted for a limited time. Each waiver needs a reason: why the failure is
# accepted, and what will change. After the date in `expires` the failure counts again. Remove a
# waiver when its failure no longer occurs.
"""


class State(StrEnum):
    """The state of a waiver after a run."""

    USED = "used"
    """The waiver accepts something that occurred."""
    UNUSED = "unused"
    """Nothing that it accepts occurred: the run fails until the waiver is removed."""
    EXPIRED = "expired"
    """The waiver no longer counts."""
    NOT_JUDGED = "not judged"
    """The run could not judge the requirement."""
    OTHER_TARGET = "other target"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver; `place` is its position, FILE:LINE."""

    requirement: str
    target: str
    reason: str
    expires: date
    ticket: str
    place: str
    finding: str = ""
    verdict: Outcome = Outcome.FAILED

    def __str__(self) -> str:
        """Return the reason and the date."""
        ticket = f" ({self.ticket})" if self.ticket else ""
        return f"waived until {self.expires}{ticket}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of a run against one target, on one day."""

    waivers: tuple[Waiver, ...]
    url: str
    today: date

    def apply(self, verdict: Verdict) -> Verdict:
        """Return the verdict with the waivers applied."""
        mine = [w for w in self.waivers if w.requirement == verdict.requirement.id]
        states = {waiver: self.state(waiver, verdict) for waiver in mine}
        unused = [waiver for waiver in mine if states[waiver] is State.UNUSED]
        if unused:
            verdict = replace(verdict, unused_waiver=_why_unused(unused[0], verdict))
        used = [waiver for waiver in mine if states[waiver] is State.USED]
        return _waived(verdict, used) if used else verdict

    def state(self, waiver: Waiver, verdict: Verdict) -> State:
        """Return the state of a waiver; `verdict` may have the waiver applied or not."""
        if not fnmatchcase(self.url, waiver.target):
            return State.OTHER_TARGET
        if waiver.expires < self.today:
            return State.EXPIRED
        if verdict.outcome in {Outcome.SKIPPED, Outcome.ERROR}:
            return State.NOT_JUDGED
        has_findings = verdict.count > 0 or verdict.outcome in {Outcome.FAILED, Outcome.WARNED}
        uncovered = verdict.outcome is not Outcome.PASSED and not has_findings
        if waiver.verdict is Outcome.INCONCLUSIVE:
            return State.USED if uncovered else State.UNUSED
        if uncovered:
            return State.NOT_JUDGED
        if waiver.finding:
            has_findings = any(waiver in applies for applies in verdict.groups)
        return State.USED if has_findings else State.UNUSED

    def notes(self) -> Iterator[str]:
        """Yield a note for each expired waiver."""
        for waiver in self.waivers:
            if waiver.expires < self.today and fnmatchcase(self.url, waiver.target):
                yield (
                    f"{waiver.place}: the waiver of {waiver.requirement} expired on "
                    f"{waiver.expires} and no longer counts"
                )

    def states(self, verdicts: Iterable[Verdict]) -> Iterator[tuple[Waiver, State]]:
        """Yield each waiver with its state."""
        by_id = {verdict.requirement.id: verdict for verdict in verdicts}
        for waiver in self.waivers:
            yield waiver, self.state(waiver, by_id[waiver.requirement])


def _why_unused(waiver: Waiver, verdict: Verdict) -> str:
    what = f"{waiver.requirement} passed"
    if waiver.verdict is Outcome.INCONCLUSIVE:
        what = f"{waiver.requirement} was judged"
    elif verdict.outcome is not Outcome.PASSED:
        what = f'no finding of {waiver.requirement} matches "{waiver.finding}"'
    return f"{waiver.place}: {what}, so its waiver is unused: remove the waiver"


def _waived(verdict: Verdict, used: list[Waiver]) -> Verdict:
    """Return a verdict without what is waived; if that is everything, its outcome is waived."""
    reason = "; ".join(map(str, used))
    left = [group for applies, group in verdict.groups.items() if applies.isdisjoint(used)]
    if not left or not all(waiver.finding for waiver in used):
        return replace(verdict, outcome=Outcome.WAIVED, reason=reason)
    count, once = sum(group.count for group in left), sum(group.once for group in left)
    findings = [finding for group in left for finding in group.first.values()]
    return replace(
        verdict,
        outcome=outcome_of(verdict.requirement, count, once),
        count=count,
        once=once,
        findings=tuple(findings[:MOST_KEPT]),
        reason=f"{verdict.count - count} more findings are {reason}",
    )


def matcher_of(waivers: Iterable[Waiver]) -> Matcher | None:
    """Return what finds the waivers that name a finding; None if no waiver names one."""
    naming: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        if waiver.finding:
            naming.setdefault(waiver.requirement, []).append(waiver)

    def matcher(requirement: Requirement, finding: Finding) -> frozenset[object]:
        mine = naming.get(requirement.id, ())
        return frozenset(w for w in mine if fnmatchcase(finding.message, f"*{w.finding}*"))

    return matcher if naming else None


def load(path: Path, register: Register) -> tuple[Waiver, ...]:
    """Read a file of waivers; raise SourceError with file and line for every mistake in it."""
    entries, source = files.read(path, _SCHEMA)
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        requirement, at = entry["requirement"], (str(index), "requirement")
        if requirement not in register:
            hint = f"Its ids are {joined(sorted(_similar(requirement, register)), 'and')}"
            problems.append(source.problem(at, f"{requirement!r} is not in the register", hint))
        elif register[requirement].level is Level.INFO:
            what = f"{requirement} is observed and never fails: there is nothing to waive"
            problems.append(source.problem(at, what, "Remove the waiver"))
        if "finding" in entry and entry.get("verdict") == Outcome.INCONCLUSIVE:
            what = "a requirement that was not covered has no findings"
            hint = "Remove finding, or verdict"
            problems.append(source.problem((str(index), "finding"), what, hint))
    if problems:
        raise SourceError(problems)
    return tuple(_waiver(source, index, entry) for index, entry in enumerate(entries))


def _similar(requirement: str, register: Register) -> list[str]:
    section = requirement.partition("-")[0].upper()
    every = [each.id for each in register]
    return [each for each in every if each.startswith(f"{section}-")] or every


def _waiver(source: Source, index: int, entry: dict[str, str]) -> Waiver:
    return Waiver(
        requirement=entry["requirement"],
        target=entry["target"].strip(),
        reason=" ".join(entry["reason"].split()),
        expires=date.fromisoformat(entry["expires"]),
        ticket=entry.get("ticket", "").strip(),
        place=f"{source.path}:{source.line((str(index),))}",
        finding=entry.get("finding", "").strip(),
        verdict=Outcome(entry.get("verdict", Outcome.FAILED)),
    )


def write_starting_file(path: Path, run: Run) -> list[Verdict]:
    """Write a waiver for each failed requirement, and return their verdicts.

    The reasons are empty; a file with empty reasons is refused. Raises FileExistsError if the file
    exists, and OSError if it cannot be written.
    """
    failed = [verdict for verdict in run.verdicts if run.fails(verdict) and verdict.findings]
    text = _HEADER + "".join(_entry(run, verdict) for verdict in failed)
    write_new(path, text if failed else f"{_HEADER}[]\n")
    return failed


def _entry(run: Run, verdict: Verdict) -> str:
    today = datetime.fromtimestamp(run.started, UTC).date()
    entry = {
        "requirement": verdict.requirement.id,
        "target": pattern_of(run.target),
        "reason": "",
        "expires": str(today + timedelta(days=_FIRST_DAYS)),
        "ticket": "",
    }
    text = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=1000)
    found = [f"{verdict.requirement.title}", *(finding.message for finding in verdict.findings[:1])]
    said = "".join(f"# {line(each)}\n" for each in found)
    return f"\n{said}{text}"


def pattern_of(target: Target) -> str:
    """Return the pattern for a target, with any port if it is on this machine."""
    url = glob.escape(target.url)
    if target.is_loopback:
        return re.sub(rf":{target.port}(?=/|$)", ":*", url, count=1)
    return url
