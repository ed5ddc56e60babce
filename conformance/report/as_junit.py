"""junit.xml: one test case for each requirement, as CI systems read it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from ...spec.visible import visible
from ..rules.verdict import Outcome, fails, is_open

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ...spec.register import Level
    from ..evidence.finding import Finding
    from ..rules.verdict import Verdict
    from .model import Run

CASE = "test_requirement[{}]"
"""The name of a test case, for the id of its requirement."""
_LINES_IN_MESSAGE = 2


class Status(Enum):
    """How a test case ends."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXPECTED = "expected to fail"
    """It failed, and that does not make the run fail."""


class Case(NamedTuple):
    """A verdict as a test case; `text` says why it did not pass."""

    status: Status
    text: str = ""


def render(run: Run) -> str:
    """Return a run as XML."""
    cases = [(v, case(v, run.fail_on, passive=run.passive)) for v in run.verdicts]
    statuses = [found.status for _, found in cases]
    contract = run.evidence.contract
    suites = ET.Element("testsuites", name="ruangkerja")
    suite = ET.SubElement(
        suites,
        "testsuite",
        name="ruangkerja",
        errors="0",
        failures=str(statuses.count(Status.FAILED)),
        skipped=str(statuses.count(Status.SKIPPED) + statuses.count(Status.EXPECTED)),
        tests=str(len(cases)),
        time=f"{run.duration:.3f}",
        timestamp=datetime.fromtimestamp(run.started, UTC).isoformat(),
        hostname=socket.gethostname(),
    )
    if policies := run.policies:
        chosen = ET.SubElement(suite, "properties")
        for policy in policies:
            ET.SubElement(chosen, "property", name="policy", value=visible(policy))
    for verdict, found in cases:
        name = CASE.format(verdict.requirement.id)
        element = ET.SubElement(
            suite, "testcase", classname="test_requirements", name=name, time="0.000"
        )
        properties_ = ET.SubElement(element, "properties")
        for key, value in properties(verdict, contract):
            ET.SubElement(properties_, "property", name=key, value=visible(value))
        _add_status(element, found)
    return f'<?xml version="1.0" encoding="utf-8"?>{ET.tostring(suites, encoding="unicode")}'


def _add_status(element: ET.Element, found: Case) -> None:
    match found.status:
        case Status.FAILED:
            failure = ET.SubElement(element, "failure", message=f"Failed: {_beginning(found.text)}")
            failure.text = found.text
        case Status.SKIPPED:
            skipped = ET.SubElement(element, "skipped", type="pytest.skip", message=found.text)
            skipped.text = found.text
        case Status.EXPECTED:
            ET.SubElement(element, "skipped", type="pytest.xfail", message=found.text)
        case Status.PASSED:
            pass


def _beginning(text: str) -> str:
    lines = text.split("\n")
    left = len(lines) - _LINES_IN_MESSAGE
    if left <= 0:
        return text
    more = f"[+{left} more line{'s' if left > 1 else ''}; full report in element text]"
    return "\n".join([*lines[:_LINES_IN_MESSAGE], more])


def properties(verdict: Verdict, contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield the properties of a test case, as pairs of name and value."""
    requirement = verdict.requirement
    yield "requirement", requirement.id
    yield "level", requirement.level.value
    if requirement.ground is not None:
        yield "ground", requirement.ground.value
    yield "title", requirement.title
    yield "document", requirement.document
    if requirement.quote:
        yield "quote", requirement.quote
    for id_, text in contract.decisions(requirement):
        yield "decision", f"{id_}: {text}"
    yield "verdict", verdict.outcome.value
    if verdict.lists:
        yield "lists", ", ".join(f"{each.name}: {each.outcome}" for each in verdict.lists)


def _told(finding: Finding) -> str:
    return f"{finding.message} ({finding.acceptance})" if finding.acceptance else finding.message


def case(verdict: Verdict, fail_on: Level, *, passive: bool = False) -> Case:
    """Return the status of a verdict as a test case: one that leaves the run open fails.

    In a `passive` run it is skipped, as no request could be sent to cover it.
    """
    requirement, outcome = verdict.requirement, verdict.outcome
    status, text = Status.PASSED, ""
    unused = [f"{requirement.id}: {verdict.unused_waiver}"] if verdict.unused_waiver else []
    if outcome in {Outcome.FAILED, Outcome.WARNED}:
        status = Status.FAILED if fails(verdict, fail_on) else Status.EXPECTED
        heading = f"{requirement.id} {requirement.level.value} {requirement.title}"
        found = [f"{requirement.id}: {_told(finding)}" for finding in verdict.findings]
        text = "\n".join([heading, *found, *unused])
    elif unused:
        status, text = Status.FAILED, unused[0]
    elif outcome is Outcome.ERROR:
        status, text = Status.FAILED, f"{requirement.id}: {verdict.reason}"
    elif is_open(verdict, fail_on, passive=passive):
        status, text = Status.FAILED, f"{requirement.id} was not judged: {verdict.reason}"
    elif outcome in {Outcome.INCONCLUSIVE, Outcome.SKIPPED, Outcome.WAIVED}:
        status, text = Status.SKIPPED, verdict.reason or outcome.value
    return Case(status, visible(text))
