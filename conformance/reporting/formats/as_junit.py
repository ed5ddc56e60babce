"""junit.xml: a suite for each section, and a test case for each requirement, as CI systems read it.

The file keeps to what most readers take: the elements and attributes of the schema of Jenkins'
xUnit plugin, one `failure`, `error` or `skipped` in a case, and what is to be read in its text, as
GitLab shows no message. A name is the same in every run, so that services see what is new.

A `failure` says that the server does not conform, an `error` that something could not be judged.
The time of a case is that of the requests that were sent for it alone. Everything else, such as
reading the lists by which most requirements are judged, is the time of the first case, so that the
times of all cases add up to the duration of the run, or to more if requests were under way at once.
"""

from __future__ import annotations

import socket
from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from ....spec.visible import cut, line, visible
from ...verdicts.verdict import Exit, Outcome, fails, is_open
from ..run.model import MOST_SHOWN, reasons
from ..run.unjudged import help_for
from .head import head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ....spec.register import Level
    from ...verdicts.verdict import Verdict
    from ..run.model import Run

LINES = 40
"""The maximum number of lines of a text, each of at most `WIDTH` characters."""
WIDTH = 200

RUN, COMPLETED = "Run", "the run was completed"
"""The suite about the run as a whole, and its first case."""

_NAME = "ruangkerja"
_MOST_LISTED = 10
_LONGEST = 3 * WIDTH
_LONGEST_MESSAGE = 300


class Status(StrEnum):
    """How a test case ends."""

    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    """It could not be judged."""
    SKIPPED = "skipped"
    EXPECTED = "expected to fail"
    """It failed, and that does not make the run fail."""


class Case(NamedTuple):
    """A test case; `lines` say why it did not pass, the first of them in short."""

    name: str
    status: Status
    time: float
    lines: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def render(run: Run) -> str:
    """Return a run as XML."""
    times = _times(run)
    suites = [(RUN, list(_of_run(run, times)))]
    suites += [
        (section.title, [_case(run, verdict, times) for verdict in verdicts])
        for section, verdicts in run.sections()
    ]
    return document(suites, run.started, list(head(run)))


def document(
    suites: Sequence[tuple[str, Sequence[Case]]],
    started: float,
    about: Sequence[tuple[str, str]] = (),
) -> str:
    """Return suites of test cases as XML; `about` are properties of all of them."""
    root = ET.Element("testsuites", name=_NAME)
    _count(root, [case for _, cases in suites for case in cases])
    for title, cases in suites:
        suite = ET.SubElement(root, "testsuite", name=title)
        _count(suite, cases)
        skipped = sum(case.status in {Status.SKIPPED, Status.EXPECTED} for case in cases)
        suite.set("skipped", str(skipped))
        suite.set("timestamp", datetime.fromtimestamp(started, UTC).isoformat())
        suite.set("hostname", socket.gethostname())
        properties = ET.SubElement(suite, "properties")
        for name, value in about:
            ET.SubElement(properties, "property", name=name, value=line(value))
        for case in cases:
            suite.append(_element(case, f"{_NAME}.{title}"))
    return f'<?xml version="1.0" encoding="utf-8"?>{ET.tostring(root, encoding="unicode")}'


def status_of(verdict: Verdict, fail_on: Level, *, passive: bool = False) -> Status:
    """Return how the test case of a verdict ends.

    One that leaves the run open is an error, except in a `passive` run, where no request could be
    sent to cover it.
    """
    if fails(verdict, fail_on):
        return Status.FAILED
    if is_open(verdict, fail_on, passive=passive):
        return Status.ERROR
    if verdict.outcome is Outcome.WARNED:
        return Status.EXPECTED
    if verdict.outcome in {Outcome.INCONCLUSIVE, Outcome.SKIPPED, Outcome.WAIVED}:
        return Status.SKIPPED
    return Status.PASSED


def text_of(run: Run, verdict: Verdict) -> list[str]:
    """Return the reason for a verdict as lines that fit on one screen; the first is a summary.

    The first findings have the command that reproduces them. A command is shown whole or not.
    """
    requirement = verdict.requirement
    findings = verdict.findings if verdict.outcome is not Outcome.OBSERVED else ()
    found = [f.message for f in findings[:1]] or [verdict.unused_waiver or verdict.reason]
    more = f" (and {verdict.count - 1} more findings)" if findings and verdict.count > 1 else ""
    screen = _Screen()
    screen.add(f"{requirement.id} {requirement.level} {verdict.outcome}: {found[0]}{more}")
    if help_ := help_for(run, verdict):
        screen.add(f"To have it judged: {help_}")
    for text in _basis(run, verdict) if findings else ():
        screen.add(text)
    for position, finding in enumerate(findings[:_MOST_LISTED]):
        accepted = f" ({finding.acceptance})" if finding.acceptance else ""
        if not screen.add(f"- {requirement.id}: {finding.message}{accepted}", spare=1):
            break
        if position < MOST_SHOWN and (command := run.command(finding)):
            screen.add(f"  {command}", spare=1, whole=True)
    if (left := verdict.count - screen.items) > 0 and findings:
        screen.add(f"… and {left} more findings")
    return screen.lines


def _basis(run: Run, verdict: Verdict) -> Iterator[str]:
    requirement = verdict.requirement
    yield requirement.statement
    ground = f"{requirement.ground}: " if requirement.ground else ""
    yield f"{ground}{requirement.basis}"
    for id_, text in run.evidence.contract.decisions(requirement):
        yield f"{id_}: {text}"
    yield from (verdict.unused_waiver, *reasons(verdict))


class _Screen:
    """Lines that fit on one screen, and how many of them are items of a list."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.items = 0
        self._rows = 0

    def add(self, text: str, *, spare: int = 0, whole: bool = False) -> bool:
        """Add a text as a line, if it fits and leaves `spare` rows; return whether it does."""
        shown = line(text) if whole else cut(line(text), _LONGEST)
        rows = max(1, -(-len(shown) // WIDTH))
        if not text or self._rows + rows + spare > LINES:
            return False
        self._rows += rows
        self.items += text.startswith("- ")
        self.lines.append(shown)
        return True


def _case(run: Run, verdict: Verdict, times: Counter[str]) -> Case:
    requirement = verdict.requirement
    status = status_of(verdict, run.fail_on, passive=run.passive)
    if status is Status.ERROR and run.evidence.ended and verdict.outcome is not Outcome.ERROR:
        status = Status.SKIPPED  # one error says why the run ended early
    lines = text_of(run, verdict) if status is not Status.PASSED else ()
    seen = [f.actual for f in verdict.findings] if verdict.outcome is Outcome.OBSERVED else []
    name = f"{requirement.id} {requirement.title.replace('`', '')}"
    return Case(name, status, times[requirement.id], tuple(lines), tuple(dict.fromkeys(seen)))


def _of_run(run: Run, times: Counter[str]) -> Iterator[Case]:
    """Yield the cases about the run as a whole: one at least fails if no requirement does."""
    rest = max(0.0, run.duration - sum(times.values()))
    unexplained = run.exit is Exit.NOT_JUDGED and not any(map(run.leaves_open, run.verdicts))
    stopped = run.evidence.ended or run.exit is Exit.TOOL_ERROR or unexplained
    status = Status.ERROR if stopped else Status.PASSED
    yield Case(COMPLETED, status, rest, (run.conclusion(),) if stopped else ())
    if (required := run.require_coverage) is not None and not stopped:
        covered = run.coverage.percent
        missing = [f"not covered: {point.label}" for point in run.coverage.missing]
        lines = (f"coverage is {covered} %, required is {required} %", *missing[: LINES - 1])
        status = Status.FAILED if covered < required else Status.PASSED
        yield Case("the data covers as much as required", status, 0.0, lines)

    if run.load is not None and run.load.limit is not None and not stopped:
        unknown = Status.ERROR if run.load.is_open else Status.PASSED
        status = Status.FAILED if run.load.exceeds else unknown
        yield Case("response times keep the limit", status, 0.0, (run.load.conclusion,))


def _times(run: Run) -> Counter[str]:
    """Return by requirement the seconds of the requests that were sent for it alone."""
    times: Counter[str] = Counter()
    # Others send requests for purposes of their own.
    for record in () if run.passive else run.evidence.records:
        tied = (each.requirement for each in record.reading.deviations)
        if (requirement := next(filter(None, tied), None)) is not None:
            times[requirement] += record.exchange.duration  # type: ignore[assignment]
    return times


def _count(element: ET.Element, cases: Iterable[Case]) -> None:
    statuses = Counter(case.status for case in cases)
    element.set("tests", str(statuses.total()))
    element.set("failures", str(statuses[Status.FAILED]))
    element.set("errors", str(statuses[Status.ERROR]))
    element.set("time", f"{sum(case.time for case in cases):.3f}")


def _element(case: Case, classname: str) -> ET.Element:
    element = ET.Element("testcase", classname=classname, name=case.name, time=f"{case.time:.3f}")
    if case.status is not Status.PASSED:
        tag = "skipped" if case.status is Status.EXPECTED else case.status.value
        message = cut(visible(case.lines[0]), _LONGEST_MESSAGE)
        told = ET.SubElement(element, tag, message=message, type=case.status.name.lower())
        told.text = visible("\n".join(case.lines))
    elif case.seen:
        seen = _Screen()
        _ = [seen.add(text) for text in case.seen]
        ET.SubElement(element, "system-out").text = "\n".join(seen.lines)
    return element
