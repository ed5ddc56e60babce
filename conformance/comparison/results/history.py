"""The history of a folder of reports: the verdicts of its runs side by side, changes marked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ....spec.visible import line
from ...reporting.run.labels import words
from ...verdicts.verdict import Outcome
from .reports import NAME, Report, ReportError, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARKS = {
    Outcome.PASSED: ".",
    Outcome.FAILED: "F",
    Outcome.WARNED: "W",
    Outcome.INCONCLUSIVE: "?",
    Outcome.SKIPPED: "-",
    Outcome.OBSERVED: "o",
    Outcome.WAIVED: "a",
    Outcome.ERROR: "E",
}
"""The letter of each outcome in a table of text."""

# A requirement that was the same in all runs is not shown, unless something was wrong with it.
_IN_ORDER = {Outcome.PASSED, Outcome.OBSERVED, Outcome.SKIPPED}


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run and the file that its report was read from."""

    path: Path
    report: Report

    @property
    def when(self) -> str:
        """The time at which it began, in UTC."""
        return self.report.started[:16].replace("T", " ")

    @property
    def labels(self) -> str:
        """Its labels in one line."""
        return words(self.report.labels)


@dataclass(frozen=True, slots=True)
class Row:
    """The outcomes of one requirement in each run, None where a run has none."""

    id: str
    title: str
    outcomes: tuple[Outcome | None, ...]

    @property
    def changed(self) -> tuple[bool, ...]:
        """For each run, whether the outcome is another one than in the last run that has one."""
        found, last = [], None
        for outcome in self.outcomes:
            found.append(None not in {outcome, last} and outcome is not last)
            last = outcome or last
        return tuple(found)

    @property
    def is_shown(self) -> bool:
        """Whether it is of interest: it changed, or something was wrong with it."""
        return any(self.changed) or not {*self.outcomes} <= {*_IN_ORDER, None}


@dataclass(frozen=True)
class History:
    """The runs in a folder, first to last, and why other reports there were skipped."""

    folder: Path
    runs: Sequence[PastRun]
    skipped: Sequence[str] = ()

    @cached_property
    def rows(self) -> list[Row]:
        """The requirements, in the order of the last run that has them."""
        results = [{rule.id: rule for rule in run.report.rules} for run in self.runs]
        ids = dict.fromkeys(id_ for each in reversed(results) for id_ in each)
        found = []
        for id_ in ids:
            own = [each.get(id_) for each in results]
            title = next(rule.title for rule in reversed(own) if rule is not None)
            found.append(Row(id_, title, tuple(rule.outcome if rule else None for rule in own)))
        return found

    @cached_property
    def notes(self) -> list[str]:
        """What may be the reason for a change other than the server, by run."""
        found, last = [], self.runs[0].report
        for run in self.runs:
            notes = _other_circumstances(last, run.report)
            found.append("; ".join(notes))
            last = run.report if run.report.rules else last
        return found

    @property
    def shown(self) -> list[Row]:
        """The requirements that are of interest."""
        return [row for row in self.rows if row.is_shown]

    @property
    def rest(self) -> str:
        """What is said of the other requirements."""
        number = len(self.rows) - len(self.shown)
        noun = "requirement has" if number == 1 else "requirements have"
        return f"{number} other {noun} the same verdict in all runs, and nothing is wrong with them"


def _other_circumstances(before: Report, after: Report) -> Iterator[str]:
    if after.rules and before.contract != after.contract:
        yield "another contract than before"
    if after.rules and before.tool != after.tool:
        yield f"version {after.tool.version} of {after.tool.name}"


def read(folder: Path, last: int | None = None) -> History:
    """Return the history of a folder, of its `last` runs only if that is given.

    Every report.json in the folder and below it is read; one that is no report is skipped. Raises
    ReportError if there is no report.
    """
    if not folder.is_dir():
        raise ReportError(f"{folder}: there is no such folder")
    runs, skipped = [], []
    for path in sorted(filter(Path.is_file, folder.rglob(NAME))):
        try:
            runs.append(PastRun(path, load(path)))
        except ReportError as error:
            skipped.append(str(error))
    if not runs:
        more = f": {skipped[0]}" if skipped else ""
        what = f"{folder}: no {NAME} in this folder or below it can be read{more}"
        hint = "write one folder for each run with ruangkerja check --report-dir"
        raise ReportError(f"{what}; {hint}")
    runs.sort(key=lambda run: (run.report.started, str(run.path)))
    return History(folder, runs[-last:] if last else runs, skipped)


def text(history: History) -> str:
    """Return a history as text."""
    return "\n".join(_lines(history))


def _lines(history: History) -> Iterator[str]:
    width = len(str(len(history.runs)))
    for number, (run, note) in enumerate(zip(history.runs, history.notes, strict=True), start=1):
        labels = f" ({run.labels})" if run.labels else ""
        about = f"{run.report.target.url}{labels}: {run.report.summary.conclusion}"
        yield f"{number:>{width}}  {run.when}  {line(about.lstrip(': '))}{note and f' ({note})'}"
    yield ""
    if rows := history.shown:
        wide = max(len(row.id) for row in rows)
        numbers = "".join(f"{number:>{width + 1}} " for number in range(1, len(history.runs) + 1))
        yield f"{'':{wide}}{numbers}".rstrip()
        yield from (_row(row, wide, width) for row in rows)
    yield history.rest
    yield f"{', '.join(f'{mark} {outcome}' for outcome, mark in MARKS.items())}, * changed"


def _row(row: Row, wide: int, width: int) -> str:
    cells = "".join(
        f"{MARKS[outcome] if outcome else ' ':>{width + 1}}{'*' if changed else ' '}"
        for outcome, changed in zip(row.outcomes, row.changed, strict=True)
    )
    return f"{row.id:{wide}}{cells}  {line(row.title)}"
