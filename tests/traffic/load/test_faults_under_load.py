"""Each fault that only load shows is found on loopback, and a conforming server is not blamed."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import TYPE_CHECKING

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.verdicts.verdict import Exit, Outcome
from ruangkerja.traffic.load.judging import Judge, Results
from tests.helpers.backend import OTHERS, TOKEN, Backend
from tests.helpers.under_load import (
    UnderLoad,
    Users,
    dry_pool,
    leak,
    mixing_cache,
    race,
    serving,
    slow,
)

if TYPE_CHECKING:
    from ruangkerja.conformance.http.exchange import Exchange
    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract

COURSES = {"C-100": 60, "C-101": 37, "C-102": 83}


class Result:
    """What a run found, and what the users were told of each response."""

    def __init__(self, run: Run, told: Counter[str]) -> None:
        self.run, self.told = run, told
        self.exit = run.exit

    def failed(self) -> set[str]:
        """The requirements that failed."""
        return {v.requirement.id for v in self.run.verdicts if v.outcome is Outcome.FAILED}

    def outcome(self, id_: str) -> Outcome:
        """The outcome of a requirement."""
        return next(v.outcome for v in self.run.verdicts if v.requirement.id == id_)

    def message(self, id_: str) -> str:
        """The first finding of a requirement."""
        found = next(v.findings for v in self.run.verdicts if v.requirement.id == id_)
        return found[0].message


def under_load(
    contract: Contract,
    server: UnderLoad,
    requests: int,
    *,
    users: int = 50,
    tokens: tuple[str, ...] = (TOKEN,),
) -> Result:
    """Let users read all courses of a server, and judge all responses."""
    told: Counter[str] = Counter()
    with serving(server) as url:
        target, courses = Target.parse(url), sorted(COURSES)
        judge = Judge(contract, target, tokens=tokens, known=frozenset(courses))
        results = Results(contract, target, JudgeOptions(passive=True), known=frozenset(courses))

        def take(exchange: Exchange, user: int) -> None:
            told[judge.add(exchange, user=user)] += 1
            if judge.count % 400 == 0:
                results.merge("", judge.part())

        started = time.time()
        Users(url, courses, take, count=users, tokens=tokens).read(requests)
        results.merge("", judge.part())
        run = results.conclude(started=started, duration=1.0)
    assert results.count == run.requests == requests
    assert 0 < results.seconds == judge.seconds
    return Result(run, told)


def test_a_race_that_shows_once_in_5000_responses_is_found(contract: Contract) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES), shared=True)}, race(5_000))
    found = under_load(contract, server, 5_200)
    assert server.at_fault == 1
    assert (found.exit, found.failed()) == (Exit.NOT_CONFORMING, {"PAGE-12"})
    assert found.told == {"": 5_199, "PAGE-12": 1}
    assert "/user/name: expected" in found.message("PAGE-12")


def test_a_cache_that_mixes_users_at_50_at_once_is_found(contract: Contract) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES))}, mixing_cache(50))
    found = under_load(contract, server, 1_100, users=70)
    assert server.at_fault
    assert "HTTP-06" in found.failed()
    assert "as this request gets alone; got" in found.message("HTTP-06")


def test_the_same_cache_is_right_with_fewer_users(contract: Contract) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES))}, mixing_cache(50))
    found = under_load(contract, server, 600, users=20)
    assert server.at_fault == 0
    assert (found.exit, found.failed()) == (Exit.CONFORMING, set())
    assert found.outcome("HTTP-06") is Outcome.PASSED


def test_a_pool_that_runs_dry_is_found(contract: Contract) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES))}, dry_pool(40))
    found = under_load(contract, server, 600)
    assert server.at_fault
    assert {"ERR-07", "HTTP-03"} <= found.failed()
    failures = found.told.total() - found.told[""]
    assert failures == server.at_fault
    assert "expected a status below 500; got 500" in found.message("ERR-07")


def test_a_leak_of_the_page_of_another_user_is_found(contract: Contract) -> None:
    others = Backend({"C-100": 30, "C-101": 47, "C-102": 90}, token=OTHERS)
    server = UnderLoad({TOKEN: Backend(dict(COURSES), shared=True), OTHERS: others}, leak(60))
    found = under_load(contract, server, 1_200, tokens=(TOKEN, OTHERS))
    assert server.at_fault
    assert "HTTP-06" in found.failed()
    said = r"as another request gets \(|while another request was under way \("
    assert re.search(said, found.message("HTTP-06"))


def test_responses_that_are_slow_are_right_for_the_judge(contract: Contract) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES))}, slow=slow(30, 0.05))
    found = under_load(contract, server, 300)
    assert (found.exit, found.failed()) == (Exit.CONFORMING, set())


def test_a_server_is_not_blamed_while_people_enrol(contract: Contract) -> None:
    server = UnderLoad({TOKEN: Backend(dict(COURSES), shared=True)}, enrols=0.01)
    found = under_load(contract, server, 900, users=15)
    assert sum(next(iter(server.backends.values())).courses.values()) > sum(COURSES.values())
    assert (found.exit, found.failed()) == (Exit.CONFORMING, set())
    assert found.outcome("PAGE-12") is Outcome.PASSED
