"""Waivers: failures that are known and accepted for a while, for a reason, until a date.

A file of waivers is a YAML list:

    - requirement: PAGE-03
      target: https://staging.example.com/*
      reason: totalPage is one too many for full pages; mended with the release of March
      expires: 2026-03-31
      ticket: RK-1234

`target` is a pattern for the base URL: * stands for any text, ? for any character and [ab] for one
of these; a bracket itself is written [[]. `ticket` may be left out. The day of `expires` is the
last one on which the waiver counts, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ...spec import files
from ...spec.describing import joined
from ...spec.register import Level
from ...spec.source import SourceError
from ..rules.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...spec.register import Register
    from ...spec.source import Problem, Source
    from ..rules.verdict import Verdict

_SCHEMA = Path(__file__).with_name("waivers.schema.yaml")


class State(StrEnum):
    """What became of a waiver in a run."""

    USED = "used"
    """The failure happened, and is waived."""
    UNUSED = "unused"
    """The requirement was judged and did not fail: the run fails, and the waiver has to go."""
    EXPIRED = "expired"
    """It no longer counts."""
    NOT_JUDGED = "not judged"
    """The run could not judge the requirement."""
    OTHER_TARGET = "other target"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver; `place` is where it stands, FILE:LINE."""

    requirement: str
    target: str
    reason: str
    expires: date
    ticket: str
    place: str

    def __str__(self) -> str:
        """Say why and until when."""
        ticket = f" ({self.ticket})" if self.ticket else ""
        return f"waived until {self.expires}{ticket}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of a run against one target, on one day."""

    waivers: tuple[Waiver, ...]
    url: str
    today: date

    def apply(self, verdict: Verdict) -> Verdict:
        """Give the verdict as the waivers leave it."""
        mine = [w for w in self.waivers if w.requirement == verdict.requirement.id]
        for waiver in mine:
            state = self.state(waiver, verdict)
            if state is State.USED:
                return replace(verdict, outcome=Outcome.WAIVED, reason=str(waiver))
            if state is State.UNUSED:
                reason = (
                    f"{waiver.place} waives a failure of {waiver.requirement} that did not "
                    "happen: remove the waiver"
                )
                return replace(verdict, unused_waiver=reason)
        return verdict

    def state(self, waiver: Waiver, verdict: Verdict) -> State:
        """Say what became of a waiver, by the verdict on its requirement before or after."""
        if not fnmatchcase(self.url, waiver.target):
            return State.OTHER_TARGET
        if waiver.expires < self.today:
            return State.EXPIRED
        if verdict.outcome in {Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED}:
            return State.USED
        return State.UNUSED if verdict.outcome is Outcome.PASSED else State.NOT_JUDGED

    def notes(self) -> Iterator[str]:
        """Say which waivers no longer count."""
        for waiver in self.waivers:
            if waiver.expires < self.today and fnmatchcase(self.url, waiver.target):
                yield (
                    f"{waiver.place}: the waiver of {waiver.requirement} expired on "
                    f"{waiver.expires} and no longer counts"
                )

    def states(self, verdicts: Iterable[Verdict]) -> Iterator[tuple[Waiver, State]]:
        """Give every waiver with what became of it."""
        by_id = {verdict.requirement.id: verdict for verdict in verdicts}
        for waiver in self.waivers:
            yield waiver, self.state(waiver, by_id[waiver.requirement])


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
    )
