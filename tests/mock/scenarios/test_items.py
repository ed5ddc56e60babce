"""Items of which a scenario gives some members, at a row or on a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.data.times import now
from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from ..conftest import Caller, MakeCaller

GIVEN: dict[str, Any] = {
    "description": "Some 🦊",
    "when": {"courseSerial": ["GIVEN", "GIVEN-*"]},
    "total": 45,
    "items": {
        "15": {"user": {"name": "Budi 🦊"}},
        "page=4&pageSize=10": [
            {"user": {"serial": "BUDI"}},
            {"status": "completed", "completedAt": "2022-07-22"},
            {"status": "not_started"},
            {"preTest": None},
            {"status": "failed", "postTest": 0},
        ],
    },
}


@pytest.fixture(scope="module")
def given(caller: MakeCaller, tmp_path_factory: pytest.TempPathFactory) -> Caller:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "given.json").write_text(json.dumps(GIVEN, indent="\t"), encoding="utf-8")
    return caller(fixtures=(folder,))


def page(call: Caller, course: str, number: int) -> list[Any]:
    items: list[Any] = call.users(course, number, 10).json["data"]["items"]
    return items


def test_members_are_changed_and_the_rest_of_the_row_stays(given: Caller, call: Caller) -> None:
    changed, before = (page(each, "GIVEN", 2) for each in (given, call))
    assert changed[5]["user"].pop("name") == "Budi 🦊"
    del before[5]["user"]["name"]
    assert changed == before


@pytest.mark.parametrize("course", ["GIVEN", "GIVEN-2", "GIVEN-%F0%9F%A6%8A"])
def test_what_is_given_for_a_page_stands_on_it_and_the_rest_fits(
    given: Caller, contract: Contract, course: str
) -> None:
    received = given.users(course, 4, 10)
    first, second, third, fourth, fifth = received.json["data"]["items"][:5]
    assert first["user"]["serial"] == "BUDI"
    assert (second["status"], second["completedAt"]) == ("completed", "2022-07-22")
    assert second["postTest"] is not None
    assert (third["status"], third["timeSpent"]) == ("not_started", 0)
    assert fourth["preTest"] is None
    assert (fifth["status"], fifth["postTest"]) == ("failed", 0)
    assert fifth["preTest"] <= 70
    success = contract.operations[0].success
    assert success is not None
    assert success.json is not None
    assert success.json.schema is not None
    request = {"page": 4, "pageSize": 10, **now()}
    assert success.json.schema.judge(received.json, request).violations == []
    assert given.users(course, 4, 10).body == received.body


def test_items_are_the_same_at_every_page_size(given: Caller) -> None:
    whole = given.users("GIVEN", 1, 100).json["data"]["items"]
    assert sum((page(given, "GIVEN", n) for n in range(1, 6)), []) == whole  # noqa: RUF017
    assert len({each["user"]["serial"] for each in whole}) == 45


def test_items_are_completed_for_a_bounded_number_of_lists(given: Caller) -> None:
    operation = given.app.responder.contract.operations[0]
    scenario = given.app.responder.scenarios.find(operation, ("GIVEN-1",))
    for number in range(70):
        scenario.collection((f"GIVEN-{number}",))
    assert scenario._given._completed.cache_info().currsize <= 64


def test_a_list_without_total_has_room_for_its_items(caller: MakeCaller, tmp_path: Path) -> None:
    text = "description: x\nwhen: {courseSerial: X}\nitems: {700: {user: {name: Last}}}\n"
    (tmp_path / "x.yaml").write_text(text)
    data = caller(fixtures=(tmp_path,)).users("X", 8, 100).json["data"]
    assert (data["totalItems"], data["items"][0]["user"]["name"]) == (701, "Last")


HEAD = "description: x\nwhen: {courseSerial: X}\nitems:\n"
WRONG = [
    ("- {name: A}", "4: an item has no such member. Did you mean /user/name?"),
    ("- user: {nam: A}", "4: an item has no such member. Did you mean /user/name?"),
    ("- status: done", '4: /status: expected one of "not_started"'),
    ("- status: completed\n  postTest: null", "5: /postTest: expected a user who completed"),
    ("- {lastAccessMission: '2199-01-01T00:00:00Z'}", "4: /lastAccessMission: expected last"),
    ("- 3", "4: the item: expected an object, got 3"),
    ("- {user: {serial: A}}\n- {user: {serial: A}}", "5: A is also the key of row 0"),
    ("  1: {postTest: 70}\n  page=2&pageSize=1: {}", "5: row 1 is also given at /items/1"),
    ("  page=0&pageSize=10: {}", "4: page is 0; expected an integer, at least 1"),
    ("  page=1&pageSize=101: {}", "4: pageSize is 101; expected an integer, at least 1, at m"),
    ("  page=1&size=10: {}", "4: page=1&size=10 is no page; a page has page and pageSize"),
    ("  first: {}", '4: "first" is not a row or a page. Rows count from 0'),
    ("  134217728: {}", "4: only 134217728 items can have different keys"),
]


def test_what_does_not_fit_the_contract_is_refused_with_its_line(
    contract: Contract, tmp_path: Path
) -> None:
    for number, (text, _) in enumerate(WRONG):
        (tmp_path / f"{number}.yaml").write_text(f"{HEAD}{text}\n")
    with pytest.raises(SourceError) as caught:
        Responder(contract, Settings(fixtures=(tmp_path,)))
    for number, (_, said) in enumerate(WRONG):
        assert f"{tmp_path}/{number}.yaml:{said}" in str(caught.value)
