from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.spec import contract as contracts

from ..conftest import USERS

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from ..conftest import Caller, MakeCaller, Received


def text(received: Received) -> str:
    detail: str = received.json["detail"]
    return detail


def in_form(contract: Contract, received: Received) -> bool:
    form = contract.error
    assert form is not None
    code = form.code_of(received.json)
    return (
        form.schema.accepts(received.json)
        and code is not None
        and received.status in form.statuses[code]
        and received.headers["content-type"] == "application/json"
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("pageSize=10", ["page is missing", "at least 1"]),
        ("page=1", ["pageSize is missing", "at most 100"]),
        ("page=1&pageSize=101", ["pageSize", '"101"', "at most 100"]),
        ("page=0&pageSize=10", ["page ", '"0"', "at least 1"]),
        ("page=1&pageSize=ten", ["pageSize", '"ten"', "an integer"]),
        ("page=1&page=2&pageSize=10", ["page ", "1 and 2"]),
        ("page=%2B1&pageSize=10", ["page ", '"+1"']),
        ("page=+1&pageSize=10", ["page ", '" 1"']),
        ("page=%D9%A3&pageSize=10", ["page "]),
        ("page=1e1&pageSize=10", ["page ", '"1e1"']),
        ("page=1_0&pageSize=10", ["page ", '"1_0"']),
        ("page=&pageSize=10", ["page ", '""']),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    call: Caller, contract: Contract, query: str, said: list[str]
) -> None:
    received = call(f"{USERS.format('C')}?{query}")
    assert received.status == 400
    assert in_form(contract, received)
    for part in said:
        assert part in text(received)


def test_a_missing_token_is_401_and_a_wrong_one_403(call: Caller, contract: Contract) -> None:
    missing, wrong = call.users(token=None), call.users(token="other")  # noqa: S106
    assert (missing.status, wrong.status) == (401, 403)
    assert in_form(contract, missing)
    assert in_form(contract, wrong)
    assert wrong.json["errorCode"] == 123
    assert wrong.json["message"] == "rpc error: code = PermissionDenied desc = Token is not valid"
    assert "other" not in wrong.body.decode()


@pytest.mark.parametrize(
    "near",
    ["", "access_toke", "access_tokenx", "ACCESS_TOKEN", "Bearer access_token", '"access_token"'],
)
def test_near_misses_of_a_token_are_refused(call: Caller, near: str) -> None:
    assert call.users(token=near).status == 403


def test_a_token_that_is_sent_twice_is_refused(call: Caller) -> None:
    headers = [(b"authorization", b"access_token"), (b"authorization", b"access_token")]
    assert (
        call.raw(f"{USERS.format('C')}?page=1&pageSize=1".encode(), headers=headers).status == 403
    )


def test_bearer_in_front_of_the_token_is_explained(call: Caller) -> None:
    assert "without Bearer" in text(call.users(token="Bearer access_token"))  # noqa: S106


def test_tokens_can_be_replaced(caller: MakeCaller) -> None:
    call = caller(tokens=("one", "two"))
    assert [call.users(token=t).status for t in ("one", "two", "access_token")] == [200, 200, 403]


def test_the_token_is_looked_at_before_the_parameters(call: Caller) -> None:
    assert call(f"{USERS.format('C')}?page=0", token="wrong").status == 403  # noqa: S106


@pytest.mark.parametrize("serial", ["COURSE-NONE", "COURSE-NONE-1"])
def test_an_unknown_course_is_404(call: Caller, contract: Contract, serial: str) -> None:
    received = call.users(serial)
    assert received.status == 404
    assert in_form(contract, received)
    assert serial in text(received)


@pytest.mark.parametrize(
    "serial",
    ["%00", "%FF", "%C3", "x" * 256, "%0A", "%20", "a%2Fb", "..", "%2E%2E", "%", "%G1", "'", '"'],
)
def test_hostile_serials_are_answered_in_form(
    call: Caller, contract: Contract, serial: str
) -> None:
    received = call.users(serial)
    assert received.status in {200, 404}
    assert received.status == 200 or in_form(contract, received)


@given(st.binary(min_size=1, max_size=40).filter(lambda b: b"?" not in b))
def test_no_path_is_answered_5xx(call: Caller, tail: bytes) -> None:
    received = call.raw(
        b"/ruangkerja/dashboard/courses/" + tail, headers=[(b"authorization", b"x")]
    )
    assert received.status < 500


@given(st.binary(max_size=60), st.binary(max_size=30), st.binary(max_size=30))
def test_no_query_and_no_header_is_answered_5xx(
    call: Caller, contract: Contract, query: bytes, accept: bytes, kind: bytes
) -> None:
    headers = [(b"authorization", b"access_token"), (b"accept", accept), (b"content-type", kind)]
    received = call.raw(USERS.format("C").encode() + b"?" + query, headers=headers)
    assert received.status < 500
    assert received.status == 200 or in_form(contract, received)


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Accept", "text/html", 406),
        ("Accept", "application/json;q=0", 406),
        ("Accept", "text/html, */*;q=0.1", 200),
        ("Accept", "application/*", 200),
        ("Accept", "", 200),
        ("Content_Type", "text/plain", 415),
        ("Content_Type", "application/json; charset=utf-8", 200),
    ],
)
def test_formats_are_negotiated(
    call: Caller, contract: Contract, header: str, value: str, status: int
) -> None:
    received = call.users(**{header: value})
    assert received.status == status
    assert status == 200 or in_form(contract, received)


def test_strict_headers_asks_for_both(caller: MakeCaller) -> None:
    call = caller(strict_headers=True)
    both = {"Accept": "application/json", "Content_Type": "application/json"}
    assert call.users(**both).status == 200
    assert "Content-Type is missing" in text(call.users(Accept="application/json"))
    assert "Accept is missing" in text(call.users())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_405_with_allow(call: Caller, contract: Contract, method: str) -> None:
    received = call.users(method=method)
    assert received.status == 405
    assert received.headers["allow"] == "GET, HEAD, OPTIONS"
    assert in_form(contract, received)


def test_a_method_nobody_knows_is_501(call: Caller, contract: Contract) -> None:
    received = call.users(method="BREW")
    assert received.status == 501
    assert in_form(contract, received)


def test_head_has_the_headers_of_get_and_no_body(call: Caller) -> None:
    got, head = call.users(), call.users(method="HEAD")
    assert (head.status, head.headers, head.body) == (200, got.headers, b"")


def test_options_names_the_methods(call: Caller) -> None:
    received = call.users(method="OPTIONS", token=None)
    assert received.status == 204
    assert received.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_trailing_slash_is_404_and_said(call: Caller, contract: Contract) -> None:
    received = call(USERS.format("C") + "/", Host="evil.example")
    assert received.status == 404
    assert in_form(contract, received)
    assert re.search(r"remove the / at its end", text(received))


def test_an_unknown_path_is_answered_with_the_nearest_operation(call: Caller) -> None:
    received = call("/ruangkerja/dashboard/course/C-1/online/user")
    assert received.status == 404
    assert "GET /ruangkerja/dashboard/courses/{courseSerial}/online/users" in text(received)


def test_errors_can_be_read_by_pages_of_other_origins(call: Caller) -> None:
    for received in (
        call.users(Origin="http://page.test"),
        call.users(token=None, Origin="http://page.test"),
        call.users(method="DELETE", Origin="http://page.test"),
    ):
        assert received.headers["access-control-allow-origin"] == "http://page.test"


def test_a_preflight_passes_without_a_token(call: Caller) -> None:
    received = call.users(
        method="OPTIONS",
        token=None,
        Origin="http://page.test",
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="authorization, prefer",
    )
    assert received.status == 204
    assert received.headers["access-control-allow-headers"] == "authorization, prefer"
    assert "GET" in received.headers["access-control-allow-methods"]


DAYS = """
openapi: 3.0.3
info: {title: Days, version: 1.0.0}
paths:
  /days:
    get:
      operationId: listDays
      parameters: [{name: day, in: query, required: true, schema: {type: string}}]
      responses:
        '200': {description: Days}
        '400': {description: Wrong, content: %s}
"""


def _without_day(folder: Path, caller: MakeCaller, content: str) -> Received:
    path = folder / "days.yaml"
    path.write_text(DAYS.lstrip() % content)
    return caller(contracts.load(path))("/days")


def test_a_detail_that_the_declared_error_does_not_allow_is_left_out(
    tmp_path: Path, caller: MakeCaller
) -> None:
    schema = "{type: object, properties: {kind: {type: string, enum: [bad request]}}}"
    received = _without_day(tmp_path, caller, f"{{application/json: {{schema: {schema}}}}}")
    assert received.status == 400
    assert received.json in ({}, {"kind": "bad request"})


def test_an_error_that_is_declared_as_text_is_text(tmp_path: Path, caller: MakeCaller) -> None:
    received = _without_day(tmp_path, caller, "{text/plain: {schema: {type: string}}}")
    assert (received.status, received.headers["content-type"]) == (400, "text/plain")
    assert b"day is missing" in received.body


def test_an_error_that_is_declared_with_an_example_is_the_example(
    tmp_path: Path, caller: MakeCaller
) -> None:
    received = _without_day(tmp_path, caller, "{application/xml: {example: <day/>}}")
    assert (received.status, received.headers["content-type"]) == (400, "application/xml")
    assert received.body == b"<day/>"


WHY = "query parameter size is missing; allowed is an integer"


def declaring(schema: dict[str, Any] | None, **content: Any) -> dict[str, Any]:
    """What is declared for a body: the types of its required members, or something else."""
    if schema is None:
        return content
    members = {"type": "object", "required": list(schema), "properties": schema}
    return {"schema": {**members, **content}}


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


@pytest.mark.parametrize(
    ("media", "content", "body"),
    [
        (
            "application/problem+json",
            declaring({"title": TEXT, "status": WHOLE}),
            {"title": "Bad Request", "status": 400, "detail": WHY},
        ),
        (
            "application/problem+json",
            declaring({"title": TEXT}, additionalProperties=False),
            {"title": "Bad Request"},
        ),
        (
            "application/json",
            declaring({"error": declaring({"code": {"const": 7}, "message": TEXT})["schema"]}),
            {"error": {"code": 7, "message": WHY}},
        ),
        (
            "application/json",
            declaring(None, example={"title": "Not today", "message": "NOT_TODAY"}),
            {"title": WHY, "message": "NOT_TODAY"},
        ),
    ],
)
def test_a_declared_error_says_why_as_far_as_its_schema_allows(
    caller: MakeCaller, tmp_path: Path, media: str, content: object, body: object
) -> None:
    responses = {
        "200": {"description": "ok", "content": {"text/plain": {"schema": {"const": "OK"}}}},
        "default": {"description": "an error", "content": {media: content}},
    }
    size = {"name": "size", "in": "query", "required": True, "schema": WHOLE}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Declared", "version": "1"},
        "paths": {"/things": {"get": {"parameters": [size], "responses": responses}}},
    }
    spec = tmp_path / "declared.json"
    spec.write_text(json.dumps(document))
    call = caller(contracts.load(spec))
    received = call("/things")
    assert (received.status, received.json) == (400, body)
    assert call("/things?size=1").body == b"OK"


def test_a_member_that_is_missing_in_a_body_is_named(caller: MakeCaller, tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["user"], "properties": {"user": TEXT}}
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"204": {"description": "ok"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Bodies", "version": "1"},
        "paths": {"/things": {"post": operation}},
    }
    spec = tmp_path / "bodies.json"
    spec.write_text(json.dumps(document))
    headers = [(b"content-type", b"application/json")]
    received = caller(contracts.load(spec)).raw(b"/things", "POST", headers, b"{}")
    assert text(received) == "body /user is missing; expected a string"
