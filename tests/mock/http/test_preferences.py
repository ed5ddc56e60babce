from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.mock.faults import CATALOGUE
from ruangkerja.mock.http import preferences
from ruangkerja.mock.http.error_response import ErrorResponse

if TYPE_CHECKING:
    from ..conftest import Caller


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
        ("cod=403", ['"cod"', "code, example, delay or fault"]),
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
    assert preferences.read('example="users"; strict, delay=5').example == "users"


def test_security_comes_first(call: Caller) -> None:
    assert call.users(token=None, Prefer="code=500").status == 401


@given(st.text(max_size=80))
def test_no_header_breaks_the_reader(header: str) -> None:
    with contextlib.suppress(ErrorResponse):
        preferences.read(header)


def test_a_fault_can_be_asked_for(call: Caller) -> None:
    received = call.users(Prefer="fault=page-size-101-accepted", size=101)
    assert received.status == 200
    assert received.headers["preference-applied"] == "fault=page-size-101-accepted"


def test_an_unknown_fault_is_refused_with_those_there_are(call: Caller) -> None:
    received = call.users(Prefer="fault=nope")
    assert received.status == 400
    for name in CATALOGUE:
        assert name in received.json["detail"]
