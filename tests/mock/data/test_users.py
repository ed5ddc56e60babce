from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..conftest import USERS

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

    from ..conftest import Caller, MakeCaller

SERIALS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)


def laws(contract: Contract, body: Any, **request: Any) -> list[str]:
    success = contract.operations[0].success
    assert success is not None
    assert success.json is not None
    assert success.json.schema is not None
    return [str(v) for v in success.json.schema.judge(body, request).violations]


def test_the_example_course_shows_the_users_of_the_documentation(call: Caller) -> None:
    received = call.users("COURSE-EXAMPLE1")
    data = received.json["data"]
    assert received.status == 200
    assert (data["currentPage"], data["totalItems"], data["totalPage"]) == (1, 100, 10)
    assert data["items"][8] == {
        "user": {"serial": "JOHNILXV3QAJJEL3", "name": "John Doe", "employeeID": "EMPLY001"},
        "postTest": None,
        "preTest": None,
        "timeSpent": 0,
        "lastAccessMission": "2022-07-22T01:00:00.000Z",
        "completedAt": "",
        "status": "not_started",
    }
    assert data["items"][9] == {
        "user": {"serial": "JOHNIASD318JJEL5", "name": "John Smith", "employeeID": "EMPLY005"},
        "postTest": 100,
        "preTest": 100,
        "timeSpent": 873,
        "lastAccessMission": "2022-07-22T01:00:00.000Z",
        "completedAt": "2022-07-22",
        "status": "completed",
    }


@pytest.mark.parametrize("size", [1, 7, 10, 64, 100])
def test_walks_of_every_size_show_the_same_users_in_the_same_order(call: Caller, size: int) -> None:
    whole: list[Any] = []
    for page in range(1, 6):
        whole += call.users("WALK", page, 100).json["data"]["items"]
    walked: list[Any] = []
    page = 1
    while items := call.users("WALK", page, size).json["data"]["items"]:
        walked += items
        page += 1
    assert walked == whole
    assert len(walked) == call.users("WALK").json["data"]["totalItems"]
    assert len({item["user"]["serial"] for item in walked}) == len(walked)


@given(SERIALS, st.integers(1, 60), st.integers(1, 100))
def test_every_page_keeps_every_law(
    call: Caller, contract: Contract, course: str, page: int, size: int
) -> None:
    received = call.users(quote(course, safe=""), page, size)
    if course.strip() and course.isprintable() and not course.startswith("COURSE-"):
        assert received.status == 200
        assert laws(contract, received.json, page=page, pageSize=size) == []
    assert received.status < 500


def test_a_slash_that_is_escaped_is_part_of_a_name(call: Caller) -> None:
    for name in ("%2F", "A%2FB", "A%2fB"):
        received = call(f"{USERS.format(name)}?page=1&pageSize=10")
        assert received.status == 200, name
    assert call.users("A%2FB", 1, 10).body != call.users("A%252FB", 1, 10).body


@settings(max_examples=settings.default.max_examples // 8)  # each makes a stub
@given(st.integers())
def test_every_seed_keeps_every_law(caller: MakeCaller, contract: Contract, seed: int) -> None:
    received = caller(seed=seed).users("C", 1, 100)
    assert laws(contract, received.json, page=1, pageSize=100) == []


def test_the_same_seed_gives_the_same_bytes(caller: MakeCaller) -> None:
    assert caller(seed=5).users().body == caller(seed=5).users().body
    assert caller(seed=5).users().body != caller(seed=6).users().body


def test_bytes_do_not_depend_on_what_was_asked_before(caller: MakeCaller, call: Caller) -> None:
    for page in range(1, 30):
        call.users("SOMETHING-ELSE", page, 33)
    assert caller().users("ORDER", 2, 50).body == call.users("ORDER", 2, 50).body


def test_these_bytes_are_the_same_on_every_machine(call: Caller) -> None:
    assert call.users("COURSE-7", 1, 1).body.decode() == (
        '{"status":"success","message":"Success","data":{"currentPage":1,"totalItems":154,'
        '"totalPage":154,"items":[{"user":{"serial":"VCK9P1ZFSD1PTR9Y","name":"Prayoga Suartini",'
        '"employeeID":"EMPLY106056450"},"postTest":85,"preTest":57.5,"timeSpent":5264,'
        '"lastAccessMission":"2022-04-25T02:12:41.207Z","completedAt":"2022-04-22",'
        '"status":"completed"}]}}'
    )


def test_states_are_varied_and_nulls_occur(call: Caller) -> None:
    pages = [call.users(f"V-{n}", 1, 100).json["data"]["items"] for n in range(20)]
    items = [item for page in pages for item in page]
    assert {item["status"] for item in items} == {
        "not_started",
        "completed",
        "expired",
        "failed",
        "in_progress",
    }
    assert {item["preTest"] is None for item in items} == {True, False}
    assert {item["completedAt"] == "" for item in items} == {True, False}
    for page in pages:
        assert len({item["user"]["name"] for item in page}) > len(page) * 0.8


def test_courses_have_a_size_of_their_own_and_are_never_empty(call: Caller) -> None:
    totals = [call.users(f"S-{n}", 1, 1).json["data"]["totalItems"] for n in range(50)]
    assert min(totals) >= 12
    assert max(totals) <= 480
    assert len(set(totals)) > 20


def test_a_page_past_the_last_one_is_empty(call: Caller) -> None:
    received = call.users("C", 10**6, 100)
    assert received.status == 200
    assert received.json["data"]["items"] == []
    assert received.json["data"]["currentPage"] == 10**6
