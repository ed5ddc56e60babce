"""The judge of a load test finds what single responses and many of them together show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.rules.verdict import Exit, Outcome
from ruangkerja.conformance.suite.judge import JudgeOptions
from ruangkerja.traffic.load.judging import Judge, Results
from tests.helpers.backend import TOKEN, Answer, Asked, Backend
from tests.helpers.crowd import Crowd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ruangkerja.conformance.http.exchange import Exchange
    from ruangkerja.conformance.report.model import Run
    from ruangkerja.spec.contract import Contract


TARGET = Target.parse("http://127.0.0.1")


@pytest.fixture
def backend() -> Backend:
    return Backend({"C-100": 100, "C-23": 23})


def judged(
    contract: Contract, exchanges: Iterable[Exchange], *, tokens: tuple[str, ...] = (TOKEN,)
) -> Run:
    """Judge exchanges as one worker does."""
    known = frozenset({"C-100", "C-23"})
    judge = Judge(contract, TARGET, tokens=tokens, known=known)
    for exchange in exchanges:
        judge.add(exchange, user=1)
    results = Results(contract, TARGET, JudgeOptions(passive=True), known=known)
    results.merge("", judge.part())
    return results.conclude(started=1_700_000_000.0, duration=60.0)


def failed(run: Run) -> set[str]:
    return {v.requirement.id for v in run.verdicts if v.outcome is Outcome.FAILED}


def test_a_conforming_server_conforms(contract: Contract, backend: Backend) -> None:
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", page) for page in range(1, 11)] * 2)
    assert (run.exit, failed(run)) == (Exit.CONFORMING, set())
    assert run.requests == 20


def test_a_response_that_breaks_the_contract_is_found(contract: Contract, backend: Backend) -> None:
    def broken(asked: Asked, answer: Answer) -> Answer:
        if asked.count == 7:
            answer.body["data"]["currentPage"] += 1
        return answer

    backend.change = broken
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", page) for page in range(1, 11)])
    assert run.exit is Exit.NOT_CONFORMING
    assert "PAGE-01" in failed(run)


def test_tokens_are_in_nothing_that_a_worker_sends(contract: Contract, backend: Backend) -> None:
    judge = Judge(contract, TARGET, tokens=(TOKEN,))
    judge.add(Crowd(backend).ask("C-100", 1))
    assert TOKEN not in str(judge.part())
