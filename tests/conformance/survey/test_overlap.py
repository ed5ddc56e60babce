"""Requests under way at once: what is mixed up is found, and nothing else is blamed for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.survey.plan import describe, lines
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error, serving
from tests.helpers.running import outcomes, run
from tests.helpers.shared_variable import LIST, PAGE, SIZE, TOKEN_HEADER, SharedVariable

if TYPE_CHECKING:
    from ruangkerja.conformance.records.finding import Finding
    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract

MOST = 24


def overlapping(backend: Backend, contract: Contract, **options: int) -> Run:
    with serving(backend) as url:
        config = RunConfig(
            contract, TOKEN, {"courseSerial": tuple(backend.courses)}, mine=True, **options
        )
        return check(Target.parse(url), config, CheckOptions(), lambda _: None)


def found(result: Run) -> tuple[Finding, ...]:
    return next(v for v in result.verdicts if v.requirement.id == "HTTP-06").findings


def failed(result: Run) -> set[str]:
    return {id_ for id_, outcome in outcomes(result).items() if outcome in {"failed", "warned"}}


@pytest.fixture(scope="module")
def page_shared(contract: Contract) -> Run:
    """The run against a server whose requests share the page."""
    return overlapping(SharedVariable(PAGE, Backend()).backend, contract)


@pytest.mark.parametrize(
    ("part", "courses"),
    [
        pytest.param(SIZE, {"C-100": 100}, marks=pytest.mark.long),
        (TOKEN_HEADER, {"C-100": 100}),
        pytest.param(LIST, {"C-100": 100}, marks=pytest.mark.long),
        (LIST, {"C-100": 100, "C-30": 30}),
        (PAGE, {"C-7": 7}),
        pytest.param(TOKEN_HEADER, {"C-1": 1}, marks=pytest.mark.long),
    ],
)
def test_a_variable_that_requests_share_is_found_and_nothing_else(
    contract: Contract, part: str, courses: dict[str, int]
) -> None:
    shared = SharedVariable(part, Backend(courses=courses))
    result = overlapping(shared.backend, contract)
    assert failed(result) == {"HTTP-06"}
    assert shared.mixed >= 4


def test_a_finding_names_both_requests_and_both_values(page_shared: Run) -> None:
    assert failed(page_shared) == {"HTTP-06"}
    finding = found(page_shared)[0]
    assert re.fullmatch(
        r"C-100, page (10?) at pageSize 10, field /data/currentPage: expected \1, as this request "
        r"gets alone; got (10?) while another request was under way \(C-100, page \2 at pageSize "
        r"10, which gets that alone\)",
        finding.message,
    )
    command = page_shared.command(finding) or ""
    assert re.fullmatch(r"for _ in 1 2 3 4 5; do curl .* & curl .* & wait; done", command)
    assert "page=1&" in command
    assert "page=10&" in command


def test_both_orders_of_each_pair_are_sent_and_marked(contract: Contract) -> None:
    result = overlapping(Backend(), contract)
    sent = [each for each in result.evidence.exchanges if each.overlapping]
    assert len(sent) == 16
    pairs = list(zip(sent[::2], sent[1::2], strict=True))
    for first, second in pairs:
        assert (first.overlapping, second.overlapping) == ((second.number,), (first.number,))
        assert first.connection != second.connection
    for (first, second), (third, fourth) in zip(pairs[::2], pairs[1::2], strict=True):
        assert (first.request, second.request) == (fourth.request, third.request)
        assert first.request != second.request


def test_a_conforming_server_gets_no_more_requests_than_the_pairs(contract: Contract) -> None:
    numbers = [overlapping(Backend(), contract, overlap=n).requests for n in (0, 8)]
    assert 16 <= numbers[1] - numbers[0] <= 17
    planned = describe(RunConfig(contract, TOKEN), Target.parse("http://127.0.0.1:1"))
    most = [part.most for part in planned if part.note.startswith("8 pairs of requests at once")]
    assert most == [MOST]


@pytest.mark.long
def test_a_broken_server_gets_few_more(contract: Contract) -> None:
    shared = SharedVariable(SIZE, Backend())
    numbers = [overlapping(shared.backend, contract, overlap=n).requests for n in (0, 8)]
    assert 17 < numbers[1] - numbers[0] <= MOST


def test_without_pairs_the_requirement_is_left_out(contract: Contract) -> None:
    result = overlapping(Backend(), contract, overlap=0)
    verdict = next(v for v in result.verdicts if v.requirement.id == "HTTP-06")
    assert (result.exit, verdict.outcome.value) == (0, "skipped")
    assert verdict.reason == "no requests are sent at once, because overlap is 0"
    plan = "\n".join(lines(RunConfig(contract, TOKEN, overlap=0), []))
    assert "at once" not in plan


@pytest.mark.long
def test_a_race_that_shows_once_in_twenty_is_found_by_a_deep_run(contract: Contract) -> None:
    shared = SharedVariable(PAGE, Backend(), every=20, works=0.001)
    with serving(shared.backend) as url:
        config = RunConfig(
            contract,
            TOKEN,
            {"courseSerial": ("C-100",)},
            Profile.DEEP,
            mine=True,
            max_requests=1100,
            overlap=400,
            max_time=60,
        )
        result = check(Target.parse(url), config, CheckOptions(), lambda _: None)
    assert failed(result) == {"HTTP-06"}


def counting(asked: Asked, answer: Answer) -> Answer:
    if answer.status == 200:
        for item in answer.body["data"]["items"]:
            item["timeSpent"] = item["timeSpent"] and 60 + asked.count
    return answer


def test_data_that_changes_meanwhile_is_not_blamed(contract: Contract) -> None:
    assert "HTTP-06" not in failed(overlapping(Backend(change=counting), contract))


def test_among_data_that_changes_a_shared_variable_is_found(contract: Contract) -> None:
    shared = SharedVariable(PAGE, Backend())
    mix = shared.backend.change
    shared.backend.change = lambda asked, answer: counting(asked, mix(asked, answer))
    assert "HTTP-06" in failed(overlapping(shared.backend, contract))


@pytest.mark.parametrize("every", [2, 20])
def test_failures_that_occur_alone_as_well_are_not_blamed_on_overlap(
    contract: Contract, every: int
) -> None:
    def failing(asked: Asked, answer: Answer) -> Answer:
        return error(500, "now and then") if asked.count % every == 0 else answer

    assert "HTTP-06" not in failed(overlapping(Backend(change=failing), contract))


@pytest.mark.parametrize("every", [2, 20])
def test_wrong_contents_that_occur_alone_as_well_are_not_blamed_on_overlap(
    contract: Contract, every: int
) -> None:
    def renaming(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200 and asked.count % every == 0:
            for item in answer.body["data"]["items"]:
                item["user"]["name"] = "Another Name"
        return answer

    assert "HTTP-06" not in failed(overlapping(Backend(change=renaming), contract))


def test_a_conforming_server_is_never_blamed(contract: Contract) -> None:
    backend = Backend(courses={"C-100": 100, "C-7": 7})
    for _ in range(3):  # as which of two requests comes first is not the same each time
        assert failed(overlapping(backend, contract)) == set()


@pytest.mark.long
def test_a_server_that_puts_requests_off_is_not_blamed(contract: Contract) -> None:
    shared = SharedVariable(PAGE, Backend(), works=0.005)
    shared.backend.answer = lambda asked: Backend().answer(asked)  # type: ignore[method-assign]

    def busy(asked: Asked, answer: Answer) -> Answer:
        mixed = shared.mixed
        changed = shared._change(asked, answer)
        if shared.mixed > mixed:
            changed = error(500, "busy")
            changed.status = 503
            changed.headers["Retry-After"] = "0"
        return changed

    shared.backend.change = busy
    assert failed(overlapping(shared.backend, contract)) == set()


def test_reports_can_be_published_without_personal_data(contract: Contract) -> None:
    result = run(SharedVariable(SIZE, Backend()).backend, show_data=False)
    assert failed(result) == {"HTTP-06"}
    assert all(finding.record is not None for finding in found(result))
    assert contract.register["HTTP-06"].ground == "derived"


def test_what_overlap_did_not_cause_is_judged_by_the_other_rules(contract: Contract) -> None:
    sent: list[Asked] = []

    def once(asked: Asked, answer: Answer) -> Answer:
        sent.append(asked)
        return error(500, "once") if len(sent) == first + 3 else answer

    first = 10**6
    result = overlapping(Backend(change=once), contract)
    first = min(each.number for each in result.evidence.exchanges if each.overlapping)
    sent.clear()
    result = overlapping(Backend(change=once), contract)
    assert result.evidence.exchanges[first + 2].overlapping
    assert "HTTP-06" not in failed(result)
    assert failed(result) & {"ERR-07", "HTTP-03"}
