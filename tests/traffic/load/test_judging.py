"""The judge of a load test finds what single responses and many of them together show."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.conformance.verdicts.verdict import Exit, Outcome
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.credentials import basic
from ruangkerja.traffic.load.judging import Judge, Results, facts, kept, pages
from tests.helpers.backend import OTHERS, TOKEN, Answer, Asked, Backend, Change, error, user
from tests.helpers.crowd import Crowd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ruangkerja.conformance.http.exchange import Exchange
    from ruangkerja.conformance.reporting.run.model import Run
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
    results = Results(contract, TARGET, JudgeOptions(passive=True, show_data=True), known=known)
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


def work(
    contract: Contract,
    *workers: Iterable[Exchange],
    tokens: tuple[str, ...] = (TOKEN,),
    every: int = 20,
) -> Run:
    """Judge the exchanges of several workers, which tell each other the news now and then."""
    known = frozenset({"C-100", "C-23"})
    judges = [Judge(contract, TARGET, tokens=tokens, known=known) for _ in workers]
    results = Results(contract, TARGET, JudgeOptions(passive=True, show_data=True), known=known)

    def tell(number: int) -> None:
        news = results.merge(f"worker-{number}", json.loads(json.dumps(judges[number].part())))
        for judge in judges if news else ():
            judge.learn(news or {})

    for count, row in enumerate(zip_longest(*workers), start=1):
        for number, exchange in enumerate(row):
            if exchange is not None:
                judges[number].add(exchange, user=number)
            if count % every == 0:
                tell(number)
    for number in range(len(judges)):
        tell(number)
    return results.conclude(started=1_700_000_000.0, duration=60.0)


def renamed(_: Asked, answer: Answer) -> Answer:
    for item in answer.body["data"]["items"]:
        item["user"]["name"] += " of another"
    return answer


def test_workers_that_are_shown_other_facts_find_it_together(contract: Contract) -> None:
    one = Crowd(Backend({"C-100": 100}))
    other = Crowd(Backend({"C-100": 100}, change=renamed))
    pages = [*range(1, 11)] * 5
    run = work(
        contract, [one.ask("C-100", p) for p in pages], [other.ask("C-100", p) for p in pages]
    )
    assert failed(run) == {"PAGE-12"}
    alone = work(contract, [other.ask("C-100", p) for p in pages])
    assert failed(alone) == set()


def test_tokens_may_show_other_facts(contract: Contract) -> None:
    tokens = (TOKEN, OTHERS)
    one = Crowd(Backend({"C-100": 100}))
    other = Crowd(Backend({"C-100": 100}, change=renamed, token=tokens[1]))
    pages = [*range(1, 11)] * 5
    exchanges = [one.ask("C-100", p) for p in pages]
    others = [other.ask("C-100", p, token=tokens[1]) for p in pages]
    assert failed(work(contract, exchanges, others, tokens=tokens)) == set()
    both = [each for pair in zip(exchanges, others, strict=True) for each in pair]
    assert failed(work(contract, both, tokens=tokens)) == set()


def test_logins_of_basic_may_show_other_facts(root: Path, tmp_path: Path) -> None:
    text = (root / "spec" / "openapi.yaml").read_text()
    key = "type: apiKey\n      in: header\n      name: Authorization\n"
    assert text.count(key) == 1
    (tmp_path / "basic.yaml").write_text(text.replace(key, "type: http\n      scheme: basic\n"))
    contract = contracts.load(tmp_path / "basic.yaml")
    logins = ("ann:first-9d07ab34e6", "bob:second-2c8b5e1f")
    headers = [f"Basic {basic(login)}" for login in logins]
    one = Crowd(Backend({"C-100": 100}, token=headers[0]))
    other = Crowd(Backend({"C-100": 100}, change=renamed, token=headers[1]))
    asked = [(crowd, h) for _ in range(2) for crowd, h in zip((one, other), headers, strict=True)]
    exchanges = [crowd.ask("C-100", 1, token=header) for crowd, header in asked]
    run = work(contract, exchanges, tokens=logins)
    assert (run.exit, failed(run)) == (Exit.CONFORMING, set())
    shown = [e.request.headers[-1] for e in run.evidence.exchanges]
    assert shown
    assert not any(basic(login) in str(shown) for login in logins)
    assert "RUANGKERJA_TOKEN_2" in str(shown)


def twice(asked: Asked, answer: Answer) -> Answer:
    """Page 2 begins with the last user of page 1."""
    if asked.page == 2:
        answer.body["data"]["items"][0] = user(9)
    return answer


def one_less(asked: Asked, answer: Answer) -> Answer:
    """At another size, the total is another one."""
    if asked.size == 20:
        answer.body["data"].update(totalItems=99)
        del answer.body["data"]["items"][19 if asked.page == 5 else 20 :]
    return answer


@pytest.mark.parametrize(
    ("change", "requirement"), [(twice, "PAGE-06"), (one_less, "PAGE-08")], ids=["twice", "total"]
)
def test_pages_that_contradict_each_other_for_long_are_found(
    contract: Contract, backend: Backend, change: Change, requirement: str
) -> None:
    backend.change = change
    crowd = Crowd(backend)
    walk = [(page, size) for size in (10, 20) for page in range(1, 1 + 100 // size)]
    run = work(contract, [crowd.ask("C-100", *each) for each in walk * 9], every=len(walk))
    assert requirement in failed(run)


def test_pages_that_contradict_each_other_for_a_moment_may_have_changed(
    contract: Contract, backend: Backend
) -> None:
    crowd = Crowd(backend)
    walk = range(1, 11)
    exchanges = [crowd.ask("C-100", page) for page in [*walk] * 3]
    backend.change = twice
    exchanges += [crowd.ask("C-100", 2) for _ in range(3)]
    backend.change = lambda _, answer: answer
    exchanges += [crowd.ask("C-100", page) for page in [*walk] * 3]
    assert failed(work(contract, exchanges, every=10)) == set()


def test_a_page_with_a_user_twice_is_wrong_whatever_changes(
    contract: Contract, backend: Backend
) -> None:
    def repeated(asked: Asked, answer: Answer) -> Answer:
        items = answer.body["data"]["items"]
        items[1] = items[0] if asked.count == 5 else items[1]
        return answer

    backend.change = repeated
    crowd = Crowd(backend)
    assert failed(judged(contract, [crowd.ask("C-100", p) for p in range(1, 11)])) == {"PAGE-06"}


def test_single_odd_pages_of_lists_that_never_change_are_found(
    contract: Contract, backend: Backend
) -> None:
    def odd(asked: Asked, answer: Answer) -> Answer:
        if asked.page == 3 and asked.count in {103, 203, 303, 403}:
            answer.body["data"]["items"].reverse()
        return answer

    backend.change = odd
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", 1 + each % 10) for each in range(600)])
    assert failed(run) == {"PAGE-09", "HTTP-03"}


def test_what_is_not_kept_is_counted(contract: Contract, backend: Backend) -> None:
    def late(asked: Asked, answer: Answer) -> Answer:
        if asked.page == 4:
            answer.body["data"]["items"][2]["timeSpent"] = -1
        return answer

    backend.change = late
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", 1 + each % 10) for each in range(300)])
    [verdict] = [v for v in run.verdicts if v.outcome is Outcome.FAILED]
    assert (verdict.requirement.id, verdict.count) == ("ITEM-04", 30)
    assert verdict.judged >= 300
    assert run.requests == 300 > len(run.evidence.exchanges)


def test_members_that_may_change_are_not_called_right(contract: Contract, backend: Backend) -> None:
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", 1) for _ in range(20)])
    [verdict] = [v for v in run.verdicts if v.requirement.id == "PAGE-13"]
    assert (verdict.outcome, verdict.judged) == (Outcome.SKIPPED, 0)
    assert verdict.reason == "members that may change are not compared under load"


def test_nothing_judged_is_not_conforming(contract: Contract) -> None:
    assert judged(contract, []).exit is Exit.NOT_JUDGED


def test_a_header_with_another_value_each_time_is_no_new_kind(
    contract: Contract, backend: Backend
) -> None:
    def numbered(asked: Asked, answer: Answer) -> Answer:
        answer.headers = {**answer.headers, "Request-Id": f"r-{asked.count * 7919}"}
        return answer

    backend.change = numbered
    crowd = Crowd(backend)
    judge = Judge(contract, TARGET, tokens=(TOKEN,))
    for _ in range(300):
        judge.add(crowd.ask("C-100", 1))
    assert len(judge.part()["kept"]) < 60


def test_memory_is_bounded_and_the_run_says_what_was_left_out(
    contract: Contract, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 5)
    monkeypatch.setattr(facts, "MOST_FACTS", 30)
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", page) for page in [*range(1, 11)] * 3])
    assert run.exit is Exit.CONFORMING
    assert any("more lists or rows than are remembered" in note for note in run.evidence.notes)


def test_a_worker_keeps_so_many_bytes_and_counts_the_rest(
    contract: Contract, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 20_000)
    backend.change = lambda *_: error(500, "no")
    crowd = Crowd(backend)
    run = judged(contract, [crowd.ask("C-100", page) for page in range(1, 41)])
    [verdict] = [v for v in run.verdicts if v.requirement.id == "ERR-07"]
    assert (verdict.count, verdict.outcome) == (40, Outcome.FAILED)
    assert len(run.evidence.exchanges) < 20
