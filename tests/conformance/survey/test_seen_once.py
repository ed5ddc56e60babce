"""Nothing that was seen is forgotten: what is seen once, and what a repeat shows otherwise."""

from __future__ import annotations

import copy
import itertools
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.requests.sending.confirming import MOST_CONTENTS
from ruangkerja.spec.register import Level
from tests.helpers.backend import Answer, Asked, Backend, Change, error
from tests.helpers.running import outcomes, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.conformance.reporting.run.model import Run


def failing(wanted: Callable[[Asked], bool], most: int = 10**6) -> Change:
    """A change of the first successes or refusals that are wanted into a 500."""
    left = [most]

    def changed(asked: Asked, answer: Answer) -> Answer:
        if left[0] and wanted(asked):
            left[0] -= 1
            return error(500, "no connection")
        return answer

    return changed


def in_data(wanted: Callable[[Asked], bool], change: Callable[[dict[str, object]], None]) -> Change:
    def changed(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200 and wanted(asked):
            answer = copy.deepcopy(answer)
            change(answer.body["data"])
        return answer

    return changed


def messages(result: Run, requirement: str) -> list[str]:
    verdict = next(v for v in result.verdicts if v.requirement.id == requirement)
    return [finding.message for finding in verdict.findings]


def without_accept(asked: Asked) -> bool:
    return "accept" not in asked.headers


def test_a_server_error_of_a_request_that_is_only_observed_is_judged() -> None:
    result = run(Backend(change=failing(without_accept)))
    assert outcomes(result) == {"ERR-07": "failed"}
    assert "expected a status below 500; got 500" in messages(result, "ERR-07")[0]


def test_a_server_error_that_is_seen_once_is_a_warning_that_says_where() -> None:
    result = run(Backend(change=failing(without_accept, most=1)))
    assert outcomes(result) == {"ERR-07": "warned"}
    (message,) = messages(result, "ERR-07")
    number = next(e.number for e in result.evidence.exchanges if e.response.status == 500)  # type: ignore[union-attr]
    assert f"(in 1 of 2 responses to this request, request {number} of the run)" in message
    assert result.exit == 0
    assert result.conclusion().startswith("conforming: 1 MUST requirement failed once and not")


def test_a_server_error_that_is_seen_once_fails_a_run_that_fails_on_should() -> None:
    backend = Backend(change=failing(without_accept, most=1))
    assert run(backend, fail_on=Level.SHOULD).exit == 1


@pytest.mark.parametrize(("numbers", "outcome"), [({2}, "warned"), ({2, 9}, "failed")])
def test_a_valid_request_may_fail_once_and_not_twice(numbers: set[int], outcome: str) -> None:
    usual = itertools.count(1)

    def wanted(asked: Asked) -> bool:
        return (asked.page, asked.size) == (1, 10) and next(usual) in numbers

    result = run(Backend(change=failing(wanted)))
    assert outcomes(result) == {"HTTP-03": outcome, "ERR-07": outcome}


def test_a_wrong_value_that_is_seen_once_says_in_how_many_responses() -> None:
    def archive(data: dict[str, object]) -> None:
        data["items"][2]["status"] = "archived"  # type: ignore[index]

    change = in_data(lambda asked: (asked.page, asked.size) == (4, 7) and not seen, archive)
    seen: list[Asked] = []

    def once(asked: Asked, answer: Answer) -> Answer:
        answer = change(asked, answer)
        if (asked.page, asked.size) == (4, 7):
            seen.append(asked)
        return answer

    result = run(Backend(change=once))
    assert outcomes(result) == {"ITEM-07": "failed"}
    (message,) = messages(result, "ITEM-07")
    assert message.endswith('got "archived" (in 1 of 2 responses to this request)')


def test_a_wrong_value_that_stays_is_requested_again_a_few_times_only() -> None:
    def archive(data: dict[str, object]) -> None:
        for item in data["items"]:  # type: ignore[attr-defined]
            item["status"] = "archived"

    backend, plain = Backend(change=in_data(lambda _: True, archive)), Backend()
    result = run(backend)
    run(plain)
    assert "responses to this request" not in "".join(messages(result, "ITEM-07"))
    assert len(backend.asked) <= len(plain.asked) + MOST_CONTENTS[Profile.GATE]


def test_rows_under_a_total_of_0_are_a_violation() -> None:
    def nobody(data: dict[str, object]) -> None:
        data.update(totalItems=0, totalPage=0)

    result = run(Backend(change=in_data(lambda _: True, nobody)))
    assert result.exit == 1
    assert "expected no users, because the total is 0; got 100 users" in "".join(
        messages(result, "PAGE-07")
    )
    assert "holds 10 of 0 items" in messages(result, "PAGE-04")[0]
    later = run(Backend(change=in_data(lambda asked: asked.page > 1, nobody)))
    assert {"PAGE-04", "PAGE-08"} <= outcomes(later).keys()


def growing() -> tuple[Backend, int]:
    """A backend whose course grows in the middle of a walk, and how many requests one gets else."""
    backend = Backend()
    run(backend)
    walk = next(asked.count for asked in backend.asked if asked.size == 33 and asked.page == 3)
    conforming = len(backend.asked)

    def grow(asked: Asked, answer: Answer) -> Answer:
        if asked.count == walk:
            backend.courses["C-100"] = 101
        return answer

    backend = Backend(change=grow)
    return backend, conforming


def test_a_total_that_changes_and_stays_is_no_violation() -> None:
    backend, _ = growing()
    result = run(backend)
    assert outcomes(result) == {}


def test_a_total_that_goes_back_is_no_change() -> None:
    def more(data: dict[str, object]) -> None:
        data.update(totalItems=101, totalPage=11)

    result = run(Backend(change=in_data(lambda asked: asked.count in {5, 128}, more)))
    assert outcomes(result)["PAGE-08"] == "failed"
    assert "expected a total of 100, as in" in messages(result, "PAGE-08")[0]


def test_a_size_that_is_refused_is_no_change() -> None:
    def refuse(asked: Asked, answer: Answer) -> Answer:
        return error(400, "no such size") if asked.size == 33 else answer

    backend = Backend(change=refuse)
    result = run(backend)
    assert "PARAM-10" in outcomes(result)
    assert not any("changed" in note for note in result.notes)
    assert len(backend.asked) <= 200


def test_pages_that_were_read_since_a_list_changed_are_not_read_again() -> None:
    backend, conforming = growing()
    result = run(backend)
    assert outcomes(result) == {}
    assert len(backend.asked) < conforming + 15
