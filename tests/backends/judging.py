"""The suite, run against a backend, and what has to come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.evidence.expectation import Expectation, Kind
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.spec import contract

from .launching import COURSE, TOKEN

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run

    from .launching import Running

# They take a second course, and an expectation file.
LEFT_OUT = {("PATH-05", "skipped"), ("PATH-06", "skipped")}
CONFORMING, NOT_CONFORMING, NOT_JUDGED = 0, 1, 3


def judged(backend: Running, people: int | None = None) -> Run:
    """Run the suite against the course with many people; `people` is how many, if that is known."""
    built_in = contract.load()
    path = (("courseSerial", COURSE),)
    stated = Expectation(built_in.operations[0].id, path, Kind.TOTAL, people, "the test")
    config = RunConfig(
        built_in,
        TOKEN,
        {"courseSerial": (COURSE,)},
        mine=True,
        expectations=() if people is None else (stated,),
    )
    return check(Target.parse(backend.url), config, CheckOptions(show_data=True), lambda _: None)


def outcomes(run: Run) -> dict[str, str]:
    """What came out otherwise than passed or observed, by requirement, and why."""
    return {
        verdict.requirement.id: " ".join(
            [verdict.outcome.value, verdict.reason, *(f.message for f in verdict.findings[:1])]
        )
        for verdict in run.verdicts
        if verdict.outcome.value not in {"passed", "observed"}
        and (verdict.requirement.id, verdict.outcome.value) not in LEFT_OUT
    }


def is_conforming(run: Run) -> bool:
    """Whether all is well, and nothing was left out."""
    assert outcomes(run) == {}, outcomes(run)
    assert all(
        v.judged for v in run.verdicts if (v.requirement.id, v.outcome.value) not in LEFT_OUT
    )
    return run.exit == CONFORMING


def is_found(run: Run, requirements: set[str]) -> bool:
    """Whether a mistake is found: one of these failed, and no other MUST did."""
    failed = {v.requirement.id for v in run.verdicts if v.outcome.value == "failed"}
    assert failed & requirements, outcomes(run)
    assert failed <= requirements, outcomes(run)
    return run.exit == NOT_CONFORMING
