"""What was not judged is told once for each reason, with what lets it be judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.reporting.formats import terminal
from ruangkerja.conformance.reporting.run.unjudged import grouped
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.verdicts.verdict import Outcome
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.running import run

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run


@pytest.fixture(scope="module")
def smoke() -> Run:
    def never_completed(_: Asked, answer: Answer) -> Answer:
        for item in answer.body["data"]["items"] if answer.status == 200 else ():
            if item["status"] == "completed":
                item.update(status="in_progress", completedAt="", postTest=None)
        return answer

    return run(Backend(change=never_completed), profile=Profile.SMOKE)


def helps(run: Run) -> dict[str, str]:
    return {verdict.requirement.id: each.help for each in grouped(run) for verdict in each.verdicts}


def test_each_reason_stands_once_with_an_instruction(smoke: Run) -> None:
    reasons = [each.reason for each in grouped(smoke)]
    assert len(reasons) == len(set(reasons)) < len(helps(smoke))
    found = helps(smoke)
    assert found["PATH-05"] == "name a second course"
    assert found["PATH-06"] == "state what lists show in a file for --expect"
    assert found["PARAM-13"] == "use --profile gate"
    text = terminal.render(smoke)
    assert (
        text.count("the profile smoke sends too few requests to judge it; use --profile gate") == 1
    )


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        ("ITEM-10", "ruangkerja sample prints users that show everything, for a test database"),
        ("ERR-03", "correct the error bodies, and repeat the run"),
    ],
)
def test_what_is_missing_leads_to_what_shows_it(smoke: Run, id_: str, words: str) -> None:
    uncovered = [v for v in smoke.verdicts if v.requirement.id == id_]
    verdict = replace(uncovered[0], outcome="inconclusive", uncovered="no user", help="")
    assert helps(replace(smoke, verdicts=[verdict])) == {id_: words}


def test_a_run_that_ended_early_gives_one_reason_for_all_that_it_did_not_reach(smoke: Run) -> None:
    late = [
        replace(v, outcome=Outcome.INCONCLUSIVE, uncovered=v.requirement.id, help="", reason="")
        for v in smoke.verdicts[:20]
    ]
    evidence = replace(smoke.evidence, ended="it was interrupted")
    [each] = grouped(replace(smoke, verdicts=late, evidence=evidence))
    assert (each.reason, each.help) == (
        "the run ended before a response showed it",
        "repeat the run",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"passive": True}, "use the client in more ways"),
        ({"configuration": {"max_requests": 3}}, "allow more requests with --max-requests"),
        ({}, "repeat the run"),
    ],
)
def test_what_helps_depends_on_the_run(smoke: Run, change: dict[str, object], words: str) -> None:
    [verdict] = [v for v in smoke.verdicts if v.requirement.id == "PARAM-03"]
    verdict = replace(verdict, outcome="inconclusive", uncovered="no such request", help="")
    assert helps(replace(smoke, verdicts=[verdict], **change))["PARAM-03"].startswith(words)
