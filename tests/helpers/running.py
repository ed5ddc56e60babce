"""Runs of the suite against a backend of the tests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.spec import contract

from .backend import TOKEN, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.conformance.requests.probes.plan import Profile
    from ruangkerja.spec.contract import Contract

# They take a second course, and an expectation file.
LEFT_OUT = {("PATH-05", "skipped"), ("PATH-06", "skipped")}


@cache
def built_in() -> Contract:
    """The built-in contract, read once: a run changes nothing of it."""
    return contract.load()


def run(
    backend: Backend,
    *,
    courses: tuple[str, ...] | None = None,
    report_dir: Path | None = None,
    profile: Profile | None = None,
    **options: Any,
) -> Run:
    """Check a backend over HTTP, all of its courses unless some are named."""
    named = courses or tuple(backend.courses)
    with serving(backend) as url:
        return run_at(url, courses=named, report_dir=report_dir, profile=profile, **options)


@cache
def conforming() -> Run:
    """The run against a backend as it comes, for tests that only look at it."""
    return run(Backend())


def run_at(
    url: str,
    *,
    courses: tuple[str, ...],
    report_dir: Path | None = None,
    profile: Profile | None = None,
    token: str = TOKEN,
    mine: bool = True,
    **options: Any,
) -> Run:
    """Check what is served at a URL."""
    more = {} if profile is None else {"profile": profile}
    config = RunConfig(built_in(), token, {"courseSerial": courses}, mine=mine, **more)
    how = CheckOptions(report_dir=report_dir, **{"show_data": True, **options})
    return check(Target.parse(url), config, how, lambda _: None)


def outcomes(run: Run) -> dict[str, str]:
    """What came out otherwise than passed or observed, by requirement."""
    return {
        verdict.requirement.id: verdict.outcome.value
        for verdict in run.verdicts
        if verdict.outcome.value not in {"passed", "observed"}
        and (verdict.requirement.id, verdict.outcome.value) not in LEFT_OUT
    }
