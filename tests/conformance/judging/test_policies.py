"""Each policy changes what the stub does and what the suite demands, in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.verdicts.verdict import Outcome
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run

COURSES = {"courseSerial": ("COURSE-EXAMPLE1",)}


def judged(stub: Sequence[str | Path], suite: Sequence[str | Path]) -> Run:
    """Check the stub under some policies by the contract under others."""
    with MockServer(policies=tuple(stub)) as server:
        return judged_at(server.url, suite)


def judged_at(url: str, suite: Sequence[str | Path]) -> Run:
    """Check what is served at a URL by the contract under some policies."""
    contract = load(policies=suite)
    config = RunConfig(contract, contract.example_token, COURSES, mine=True)
    return check(Target.parse(url), config, CheckOptions(), lambda _: None)


def failed(run: Run) -> list[str]:
    return [verdict.requirement.id for verdict in run.of(Outcome.FAILED, Outcome.WARNED)]


@pytest.mark.long
@pytest.mark.parametrize(
    ("policy", "by_default", "default_under_it"),
    [
        ("oversize-clamp", ["PARAM-07"], []),
        ("past-end-empty", [], []),
        ("past-end-refuse", [], ["PARAM-11", "PAGE-05"]),
        ("unknown-course-refuse", [], []),
        ("unknown-course-empty", [], ["PATH-01"]),
        ("never-opened-empty", ["ITEM-05"], []),
        ("never-opened-null", ["ITEM-05"], []),
        ("not-completed-null", ["ITEM-06"], ["ITEM-06"]),
    ],
)
def test_the_stub_conforms_under_its_policy_and_each_side_is_judged_by_the_other(
    policy: str, by_default: list[str], default_under_it: list[str]
) -> None:
    own = judged([policy], [policy])
    assert (int(own.exit), failed(own)) == (0, [])
    assert failed(judged([policy], [])) == by_default
    assert failed(judged([], [policy])) == default_under_it


@pytest.mark.parametrize(
    ("stub", "suite", "broken"),
    [
        (
            ["past-end-refuse", "unknown-course-empty", "never-opened-null"],
            ["past-end-empty", "unknown-course-refuse", "never-opened-empty"],
            ["PATH-01", "ITEM-05", "PAGE-05"],
        ),
        (
            ["past-end-empty", "unknown-course-refuse", "never-opened-empty"],
            ["past-end-refuse", "unknown-course-empty", "never-opened-null"],
            ["PARAM-11", "PATH-01", "ITEM-05", "PAGE-05"],
        ),
    ],
)
def test_the_suite_demands_what_its_policies_say(
    stub: list[str], suite: list[str], broken: list[str]
) -> None:
    assert failed(judged(stub, suite)) == broken


def test_several_policies_are_in_force_together() -> None:
    both = ["oversize-clamp", "not-completed-null", "unknown-course-empty"]
    with MockServer(policies=tuple(both)) as server:
        found = [failed(judged_at(server.url, each)) for each in (both, both[:2], both[1:])]
    assert found == [[], [], ["PARAM-07"]]


def test_a_policy_of_a_team_changes_both_sides(tmp_path: Path) -> None:
    file = tmp_path / "smaller-pages.yaml"
    file.write_text(
        "overlay: 1.0.0\n"
        "info: {title: a page has at most 50 users, version: 1.0.0}\n"
        "actions:\n"
        "  - target: $.components.parameters.pageSize.schema\n"
        "    update: {maximum: 50}\n",
        encoding="utf-8",
    )
    assert failed(judged([file], [file])) == []
    assert failed(judged([], [file])) == ["PARAM-07"]
