"""Agreement: the same user has the same members wherever a response shows them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.probes.probe import Caller
from ruangkerja.conformance.verdicts.deciding import judge_all
from ruangkerja.mock.requests.draft import Drafts
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, Change
from tests.helpers.direct import Direct
from tests.helpers.running import outcomes, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.spec.contract import Contract


def rows(wanted: Callable[[Asked], bool], change: Callable[[dict[str, Any]], None]) -> Change:
    """A change of the rows of some successes."""

    def changed(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200 and answer.body["data"]["items"] and wanted(asked):
            answer = copy.deepcopy(answer)
            for row in answer.body["data"]["items"]:
                change(row)
        return answer

    return changed


def rename(row: dict[str, Any]) -> None:
    row["user"]["name"] = "Budi"


def later(row: dict[str, Any]) -> None:
    row["lastAccessMission"] = "2023-01-01T00:00:00.000Z"


def messages(result: Run, requirement: str) -> list[str]:
    verdict = next(v for v in result.verdicts if v.requirement.id == requirement)
    return [finding.message for finding in verdict.findings]


def read_again(result: Run) -> int:
    return sum("because responses disagree" in e.note for e in result.evidence.exchanges)


def test_a_server_whose_responses_agree_is_not_read_again() -> None:
    result = run(Backend(courses={"C-100": 100, "C-30": 30}))
    assert outcomes(result) == {}
    assert read_again(result) == 0


def test_the_same_user_of_two_courses_has_the_same_name() -> None:
    change = rows(lambda asked: "C-30" in asked.path, rename)
    result = run(Backend({"C-100": 100, "C-30": 30}, change, shared=True))
    assert outcomes(result) == {"PAGE-12": "failed"}
    first = messages(result, "PAGE-12")[0]
    assert first.startswith("C-30, page 1 at pageSize 10, row 1, field /data/items/0/user/name")
    assert '"Siti Rahma 0" for user "USER00000000", as in' in first
    assert "such as request 1: C-100, page 1 at pageSize 10, row 1" in first


def test_the_other_members_of_two_courses_may_differ() -> None:
    change = rows(lambda asked: "C-30" in asked.path, later)
    assert outcomes(run(Backend({"C-100": 100, "C-30": 30}, change, shared=True))) == {}


def test_no_value_is_called_right_if_as_many_responses_have_another(contract: Contract) -> None:
    client = Direct(Backend(change=rows(lambda asked: asked.size == 7, rename)))
    draft = Drafts(contract).of(contract.operations[0])
    caller = Caller(draft, {"courseSerial": "C-100"}, TOKEN, "localhost")
    evidence = Evidence(contract, RequestParser(contract))
    for size in (1, 7):
        evidence.add(client.send(caller.request(size=size)))
    (verdict,) = [v for v in judge_all(evidence) if v.requirement.id == "PAGE-12"]
    assert verdict.findings[0].message == (
        "C-100, page 1 at pageSize 7, row 1, field /data/items/0/user/name: expected one value for "
        'user "USER00000000" in all responses; got "Budi", and "Siti Rahma 0" in request 1: C-100, '
        "page 1 at pageSize 1, row 1"
    )


def test_a_value_that_changes_and_stays_is_no_violation() -> None:
    for moment in (40, 90, 120):
        result = run(Backend(change=rows(lambda asked, at=moment: asked.count > at, later)))
        assert outcomes(result) == {}, moment
        assert read_again(result) <= 6


def test_a_value_that_comes_back_is_a_violation() -> None:
    result = run(Backend(change=rows(lambda asked: asked.size == 33 and asked.page > 1, later)))
    assert outcomes(result) == {"PAGE-13": "warned"}
    first = messages(result, "PAGE-13")[0]
    assert 'expected "2022-07-22T01:00:00.000Z" for user' in first
    assert 'got "2023-01-01T00:00:00.000Z"' in first
    assert "more users on this page" in first


@pytest.mark.parametrize(("change", "requirement"), [(rename, "PAGE-12"), (later, "PAGE-13")])
def test_a_value_that_only_the_last_page_shows_is_read_again(change: Any, requirement: str) -> None:
    backend = Backend({"C-150": 150})
    run(backend)
    last = max(asked.count for asked in backend.asked if (asked.page, asked.size) == (17, 7))
    change = rows(lambda asked: asked.count == last, change)
    result = run(Backend({"C-150": 150}, change=change))
    assert list(outcomes(result)) == [requirement]
    assert 1 <= read_again(result) <= 2
    assert "(in 1 of 2 responses to this request)" in messages(result, requirement)[0]


def test_letters_that_look_alike_are_shown_with_their_code_points() -> None:
    def cyrillic(row: dict[str, Any]) -> None:
        row["user"]["name"] = row["user"]["name"].replace("a", "\u0430")

    result = run(Backend(change=rows(lambda asked: asked.size == 7, cyrillic)))
    first = messages(result, "PAGE-12")[0]
    assert "(U+0061 at character 7)" in first
    assert "(U+0430 at character 7)" in first


def test_a_value_that_the_contract_does_not_allow_is_left_to_its_own_requirement() -> None:
    def number(row: dict[str, Any]) -> None:
        row["user"]["name"] = 7

    result = run(Backend(change=rows(lambda asked: asked.size == 7, number)))
    assert outcomes(result) == {"ITEM-01": "failed"}
