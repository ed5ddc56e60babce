"""What comes from between a run and the server is not the server's fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.verdicts.verdict import Outcome
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error
from tests.helpers.fair_weather import Clock, after, during, limiter, page, run_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.conformance.reporting.run.model import Run

SETTING_IN: dict[str, tuple[Callable[[], Answer], str]] = {
    "the token ends": (lambda: error(401, "expired"), "the token stopped being accepted"),
    "a ban": (lambda: page(403), "a firewall or gateway blocks the requests"),
    "maintenance": (lambda: page(503), "the API was not available"),
    "maintenance with 200": (lambda: page(200), "the API was not available"),
    "a login": (lambda: page(302, Location="https://sso.test/login"), "a login page answers"),
    "a gateway without server": (lambda: Answer(502, {}), "the API was not available"),
    "a limiter for good": (lambda: page(429), "the server accepted no more requests"),
    "the course is gone": (lambda: error(404, "gone"), "the first request of the run stopped"),
}


def number(run: Run) -> int:
    """The request at which it set in."""
    found = re.search(r"request ([0-9]+)", run.evidence.ended)
    assert found, run.conclusion()
    return int(found[1])


@pytest.mark.parametrize(
    ("what", "requests"),
    [("the token ends", 9), ("a ban", 30), *((each, 60) for each in SETTING_IN)],
)
def test_a_run_ends_when_something_else_answers(what: str, requests: int) -> None:
    answer, words = SETTING_IN[what]
    run = run_in(after(requests, answer))
    assert run.exit == 3
    assert run.evidence.ended.startswith(words)
    # Some requests are to be rejected, and an error in the contract's form is right for them.
    assert 0 <= number(run) - requests - 1 <= 12
    assert not run.of(Outcome.FAILED, Outcome.WARNED), run.conclusion()
    assert run.of(Outcome.PASSED), "what came before is judged"
    if answer().status != 200 and not isinstance(answer().body, dict):
        assert number(run) == requests + 1


@pytest.mark.parametrize("answer", [lambda: page(429), lambda: page(503), lambda: Answer(503, {})])
def test_a_limiter_is_slowed_down_to(answer: Callable[[], Answer]) -> None:
    clock = Clock()
    run = run_in(limiter(5, answer, clock), clock)
    assert run.exit == 0, run.conclusion()
    (note,) = [note for note in run.notes if re.search("limits how often|sent again", note)]
    rate = re.search(r"lowered to ([0-9.]+) requests per second", note)
    assert rate
    assert 1 < float(rate[1]) <= 5


@pytest.mark.parametrize("rejected", [2, 7])
def test_a_limiter_that_rejects_now_and_then_is_slowed_down_to(rejected: int) -> None:
    clock = Clock()
    run = run_in(limiter(20, lambda: page(503), clock, rejected=rejected), clock)
    assert run.exit != 1, run.conclusion()


@pytest.mark.parametrize(("status", "rate"), [(429, 5), (503, 3)])
def test_what_a_known_limiter_rejects_between_good_responses_is_sent_again(
    status: int, rate: int
) -> None:
    clock = Clock()
    limited = limiter(rate, lambda: page(status), clock)
    run = run_in(lambda asked, given: limited(asked, given) if asked.count > 9 else given, clock)
    assert run.exit == 0, run.conclusion()
    assert not any("try --rate" in note for note in run.notes), run.notes
    (note,) = [note for note in run.notes if "limits how often" in note]
    lowered = re.search(r"lowered to ([0-9.]+) requests per second", note)
    assert lowered
    assert rate / 2 < float(lowered[1]) <= rate


def test_a_limiter_that_says_when_to_come_back_is_obeyed() -> None:
    clock = Clock()
    run = run_in(limiter(40, lambda: page(429, **{"Retry-After": "3"}), clock), clock)
    assert run.exit == 0, run.conclusion()


@pytest.mark.parametrize("answer", [lambda: page(503), lambda: page(403), lambda: Answer(504, {})])
def test_what_was_sent_during_an_outage_is_sent_again(answer: Callable[[], Answer]) -> None:
    clock = Clock()
    run = run_in(during(0.9, answer, clock), clock)
    assert run.exit == 0, run.conclusion()
    assert any("all of this was sent again" in note for note in run.notes)


def test_another_token_takes_the_place_of_one_that_ended() -> None:
    later = f"{TOKEN}-next"
    accepting_later = Backend(token=later).answer
    sent: list[str | None] = []

    class Source:
        def renew(self) -> str:
            return later

    def ending(asked: Asked, given: Answer) -> Answer:
        sent.append(asked.headers.get("authorization"))
        return given if asked.count <= 60 else accepting_later(asked)

    run = run_in(ending, token_source=Source())
    assert run.exit == 0, run.conclusion()
    assert TOKEN in sent
    assert later in sent
    assert not any(TOKEN in str(exchange.request) for exchange in run.evidence.exchanges)


def test_a_server_that_is_wrong_from_the_first_request_on_is_judged() -> None:
    def as_page(_: Asked, given: Answer) -> Answer:
        return Answer(given.status, given.body, {"Content-Type": "text/html"})

    run = run_in(as_page)
    assert run.exit == 1
    assert not run.evidence.ended


@pytest.mark.parametrize(
    "wrong",
    [
        lambda asked, given: page(503) if asked.size == 100 else given,
        lambda asked, given: Answer(500, {}) if asked.count > 60 else given,
        lambda asked, given: page(503) if asked.count % 20 == 0 else given,
        lambda asked, given: page(403) if "%" in asked.path and given.status == 200 else given,
    ],
)
def test_what_the_server_itself_gets_wrong_is_judged(
    wrong: Callable[[Asked, Answer], Answer],
) -> None:
    run = run_in(wrong)
    assert not run.evidence.ended
    if any(each.response and each.response.status >= 500 for each in run.evidence.exchanges):
        assert run.exit == 1, run.conclusion()


def test_several_requests_at_once_are_judged_as_one_by_one() -> None:
    def judged(jobs: int) -> list[tuple[str, str, list[str]]]:
        run = run_in(lambda asked, given: page(500) if asked.size == 7 else given, jobs=jobs)
        return [
            (v.requirement.id, v.outcome.value, [finding.message for finding in v.findings])
            for v in run.verdicts
        ]

    assert judged(1) == judged(8)


def test_a_server_that_serves_one_connection_at_a_time_gets_one_request_at_a_time() -> None:
    run = run_in(lambda _, given: given, jobs=4, threads=False)
    assert run.exit == 0, run.conclusion()
    assert any("one connection at a time" in note for note in run.notes)
