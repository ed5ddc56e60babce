from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.mock.faults import CATALOGUE
from ruangkerja.mock.http import preferences
from ruangkerja.mock.http.error_response import ErrorResponse
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import Caller, MakeCaller, Received


@pytest.mark.parametrize("code", [400, 401, 403, 404, 406, 415, 429, 500, 501, 503, 418, 504])
def test_a_status_can_be_asked_for(call: Caller, code: int) -> None:
    received = call.users(Prefer=f"code={code}")
    assert received.status == code
    assert received.headers["preference-applied"] == f"code={code}"
    assert set(received.json) == {"errorCode", "message", "detail"}


def test_a_status_comes_with_its_headers(call: Caller) -> None:
    assert call.users(Prefer="code=429").headers["retry-after"] == "1"


def test_code_200_is_the_usual_answer(call: Caller) -> None:
    assert call.users(Prefer="code=200").body == call.users().body


def test_an_example_can_be_asked_for(call: Caller) -> None:
    received = call.users(Prefer="example=empty")
    assert received.status == 200
    assert received.json["data"]["items"] == []
    assert received.headers["preference-applied"] == "example=empty"


def test_a_delay_is_in_milliseconds() -> None:
    wanted = preferences.read("delay=800")
    assert wanted.delay == 0.8


def test_a_delayed_answer_says_so(call: Caller) -> None:
    assert (
        call.users(Prefer="delay=1, code=404").headers["preference-applied"] == "delay=1, code=404"
    )


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("cod=403", ['"cod"', "code, example, delay, fault or id"]),
        ("code=999", ["999", "200 to 599"]),
        ("code=four", ["four", "200 to 599"]),
        ("code=204", ["code=204", "200"]),
        ("example=nope", ['"nope"', "empty", "users"]),
        ("delay=-1", ["-1", "milliseconds"]),
        ("delay=99999999", ["milliseconds"]),
        ('"', ["NAME=VALUE"]),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    call: Caller, header: str, said: list[str]
) -> None:
    received = call.users(Prefer=header)
    assert received.status == 400
    for part in said:
        assert part in received.json["detail"]


@pytest.mark.parametrize("header", ["respond-async", "return=minimal; foo=bar", "wait=10", ""])
def test_registered_preferences_are_left_aside(call: Caller, header: str) -> None:
    received = call.users(Prefer=header)
    assert received.status == 200
    assert "preference-applied" not in received.headers


def test_a_value_may_be_quoted() -> None:
    assert preferences.read('example="users"; id="a, b", delay=5').example == "users"


def test_security_comes_first(call: Caller) -> None:
    assert call.users(token=None, Prefer="code=500").status == 401


@given(st.text(max_size=80))
def test_no_header_breaks_the_reader(header: str) -> None:
    with contextlib.suppress(ErrorResponse):
        preferences.read(header)


def applied(received: Received) -> str | None:
    return received.headers.get("preference-applied")


def test_a_fault_says_how_many_rows_it_touched(call: Caller) -> None:
    received = call.users(Prefer="fault=page-size-101-accepted", size=101)
    assert received.status == 200
    assert applied(received) == "fault=page-size-101-accepted; touched=101"


def test_a_fault_that_does_not_show_says_so(call: Caller) -> None:
    received = call.users(Prefer="fault=page-size-101-accepted", size=100)
    assert received.body == call.users(size=100).body
    assert applied(received) == "fault=page-size-101-accepted; touched=0"


def test_a_fault_that_only_writes_a_body_anew_touched_nothing(
    caller: MakeCaller, tmp_path: Path
) -> None:
    response = """description: Empty, with blanks
when: {courseSerial: C-BLANKS}
response:
  status: 200
  body: '{ "status": "success", "message": "", "data": { "items": [] } }'
"""
    (tmp_path / "blanks.yaml").write_text(response)
    received = caller(fixtures=(tmp_path,)).users("C-BLANKS", Prefer="fault=status-upper-case")
    assert applied(received) == "fault=status-upper-case; touched=0"


def test_an_unknown_fault_is_refused_with_the_three_nearest(call: Caller) -> None:
    received = call.users(Prefer="fault=status-uper-case")
    assert received.status == 400
    assert "status-upper-case" in received.json["detail"]
    assert sum(name in received.json["detail"] for name in CATALOGUE) == 3


def test_a_fault_of_errors_is_applied_to_the_preferred_error(call: Caller) -> None:
    received = call.users(Prefer="code=503, fault=errors-are-pages-of-html")
    assert received.status == 503
    assert received.body.startswith(b"<!DOCTYPE html>")
    assert applied(received) == "code=503, fault=errors-are-pages-of-html; touched=1"
    received = call.users(Prefer="code=503, fault=status-upper-case, delay=1")
    assert received.body == call.users(Prefer="code=503").body
    assert applied(received) == "code=503, delay=1, fault=status-upper-case; touched=0"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("code=503, example=users", ["code=503", 'example="users"', "of status 200"]),
        ("code=503, example=users, fault=status-upper-case", ["code=503", "of status 200"]),
        ("code=503, code=500", ["code=503 and code=500"]),
        ("code=503; times=2", ["times=2", "id=NAME"]),
        ("code=503; times=2; until=another-token; id=a", ["times=2 and until=another-token"]),
        ("code=503; times=0; id=a", ['times="0"', "1 to 1000"]),
        ("code=503; until=noon; id=a", ['until="noon"', "until=another-token"]),
        ("code=503; tims=2; id=a", ['code with "tims"', "times, until or id"]),
        ("id=a; times=2", ["id with times=2", "code, example, delay or fault"]),
        ("code=503; id=a, delay=1; id=b", ['id="a" and id="b"']),
        ("id=", ['id=""', "1 to 100 characters"]),
        ("; times=2", ["NAME=VALUE"]),
    ],
)
def test_a_conflict_is_refused_and_named(call: Caller, header: str, said: list[str]) -> None:
    received = call.users(Prefer=header)
    assert received.status == 400
    for part in said:
        assert part in received.json["detail"]
    assert applied(received) is None


def test_a_preference_that_changes_nothing_is_not_confirmed(call: Caller) -> None:
    for header in ("code=200", "delay=0", "id=a", "return=minimal, code=200"):
        assert applied(call.users(Prefer=header)) is None
    assert applied(call.users(Prefer="code=503", size=0)) is None
    received = call.users("COURSE-RATE-LIMITED", Prefer="code=200")
    assert received.status == 200
    assert applied(received) == "code=200"


def test_the_first_requests_of_an_id_fail_and_the_next_succeed(call: Caller) -> None:
    header = "code=429; times=2; id=test-7"
    assert call.users(Prefer=header, token=None).status == 401
    assert call.users(Prefer=header, size=0).status == 400
    received = [call.users(Prefer=header, page=page) for page in (1, 1, 2)]
    assert [each.status for each in received] == [429, 429, 200]
    assert [applied(each) for each in received] == [
        "code=429; times=2; left=1",
        "code=429; times=2; left=0",
        None,
    ]
    assert call.users(Prefer="code=429; times=2, id=another").status == 429


def test_a_preferred_error_lasts_until_the_token_is_another(caller: MakeCaller) -> None:
    call = caller(tokens=("old", "new"))
    header = "code=401; until=another-token; id=a"
    received = [call.users(Prefer=header, token=each) for each in ("old", "old", "new", "old")]
    assert [each.status for each in received] == [401, 401, 200, 401]
    assert applied(received[0]) == "code=401; until=another-token"


def test_a_fault_may_hold_for_the_first_requests(call: Caller) -> None:
    header = "fault=status-upper-case; times=1; id=once, code=200"
    received = [call.users(Prefer=header) for _ in range(2)]
    assert [applied(each) for each in received] == [
        "fault=status-upper-case; times=1; left=0; touched=10",
        None,
    ]
    assert received[1].body == call.users().body


def test_one_token_alone_cannot_become_another_one(call: Caller) -> None:
    received = call.users(Prefer="code=401; until=another-token; id=alone")
    assert received.status == 401
    assert "start it with --any-token" in received.json["detail"]


RESPONSES = """
openapi: 3.0.3
info: {title: Jobs, version: '1'}
paths:
  /jobs:
    get:
      operationId: getJobs
      responses:
        '200': {description: Done}
        '202': {description: Later, content: {application/json: {schema: {type: integer}}}}
        '303': {description: There, headers: {Location: {schema: {example: /done}}}}
"""


def test_a_declared_success_can_be_asked_for(tmp_path: Path, caller: MakeCaller) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(RESPONSES, encoding="utf-8")
    call = caller(load(path))
    later, there = call("/jobs", Prefer="code=202"), call("/jobs", Prefer="code=303")
    assert (later.status, type(later.json), applied(later)) == (202, int, "code=202")
    assert (there.status, there.headers["location"], applied(there)) == (303, "/done", "code=303")
    received = call("/jobs", Prefer="code=202; until=another-token; id=a")
    assert (received.status, applied(received)) == (400, None)


def test_each_id_has_its_own_server_with_a_fault(call: Caller) -> None:
    header = "fault=one-request-in-20-is-500; id={}"
    for name, times in {"a": 19, "b": 20}.items():
        statuses = [call.users(Prefer=header.format(name)).status for _ in range(times)]
        assert statuses[-1] == (500 if times == 20 else 200)


def test_several_workers_refuse_to_count(caller: MakeCaller) -> None:
    call = caller(workers=2)
    assert call.users(Prefer="code=429, id=a").status == 429
    received = call.users(Prefer="code=429; times=2; id=a")
    assert received.status == 501
    assert "--workers 1" in received.json["detail"]
