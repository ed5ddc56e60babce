from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response

LATIN_1 = st.text(st.characters(max_codepoint=0xFF))
HEADERS = st.lists(st.tuples(LATIN_1, LATIN_1), max_size=4).map(tuple)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SECONDS = st.floats(min_value=0, max_value=1e10)
REQUESTS = st.builds(Request, method=LATIN_1, target=st.binary(), headers=HEADERS, body=st.binary())
RESPONSES = st.builds(
    Response,
    status=st.integers(100, 999),
    reason=LATIN_1,
    http_version=st.sampled_from(["HTTP/1.0", "HTTP/1.1"]),
    headers=HEADERS,
    body=st.binary() | TEXT.map(str.encode),
    raw_size=st.integers(min_value=0),
)
FAILURES = st.builds(Failure, st.sampled_from(FailureKind), TEXT)
ENDS = RESPONSES.map(lambda r: (r, None)) | FAILURES.map(lambda f: (None, f))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    response, failure = draw(ENDS)
    return Exchange(
        number=draw(st.integers(min_value=1)),
        request=draw(REQUESTS),
        response=response,
        failure=failure,
        started=draw(SECONDS),
        duration=draw(SECONDS),
        note=draw(TEXT),
        throttled=draw(st.booleans()),
    )


RESPONSE = Response(
    status=200,
    reason="OK",
    http_version="HTTP/1.1",
    headers=(("content-TYPE", "Application/JSON; charset=utf-8"), ("X", "1"), ("x", "2")),
    body=b'{"a": 1}',
    raw_size=8,
)
EXCHANGE = Exchange(1, Request("GET", b"/"), RESPONSE, None, started=1.5, duration=0.25)


@given(exchanges())
def test_an_exchange_survives_json(exchange: Exchange) -> None:
    assert Exchange.from_json(json.loads(json.dumps(exchange.to_json()))) == exchange


def test_the_json_of_an_exchange_can_be_read_by_people() -> None:
    exchange = replace(EXCHANGE, request=Request("PUT", b"/caf\xe9", (("A", "b"),), b"\xff"))

    assert exchange.to_json() == {
        "number": 1,
        "request": {
            "method": "PUT",
            "target": "/café",
            "headers": [["A", "b"]],
            "body": {"base64": "/w=="},
        },
        "response": {
            "status": 200,
            "reason": "OK",
            "http_version": "HTTP/1.1",
            "headers": [
                ["content-TYPE", "Application/JSON; charset=utf-8"],
                ["X", "1"],
                ["x", "2"],
            ],
            "body": {"text": '{"a": 1}'},
            "raw_size": 8,
        },
        "failure": None,
        "started": 1.5,
        "duration": 0.25,
        "note": "",
        "throttled": False,
    }


def test_headers_are_found_whatever_their_case() -> None:
    assert RESPONSE.header("x") == "1"
    assert RESPONSE.header_values("X") == ["1", "2"]
    assert RESPONSE.header("Content-Length") is None
    assert RESPONSE.header_values("Content-Length") == []


@pytest.mark.parametrize(
    ("stated", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON;charset=UTF-8", "application/json"),
        (" text/html ; a=b", "text/html"),
        ("", None),
        (";charset=utf-8", None),
    ],
)
def test_the_media_type_is_lower_case_and_bare(stated: str, media_type: str | None) -> None:
    assert replace(RESPONSE, headers=(("Content-Type", stated),)).media_type == media_type


def test_an_answer_without_content_type_has_no_media_type() -> None:
    assert replace(RESPONSE, headers=()).media_type is None


@pytest.mark.parametrize(
    ("response", "failure"),
    [(None, None), (RESPONSE, Failure(FailureKind.TIMEOUT, "No answer came."))],
)
def test_an_exchange_has_an_answer_or_a_failure_and_not_both(
    response: Response | None, failure: Failure | None
) -> None:
    with pytest.raises(ValueError, match="either a response or a failure"):
        replace(EXCHANGE, response=response, failure=failure)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ((), [], "expected an object, found an array"),
        (("number",), None, "number: expected an integer, found null"),
        (("number",), True, "number: expected an integer, found true"),
        (("number",), 1.0, r"number: expected an integer, found 1\.0"),
        (("started",), "now", "started: expected a number, found 'now'"),
        (("started",), float("nan"), "started: expected a finite number, found NaN"),
        (("started",), 10**400, "started: expected a finite number, found a very large integer"),
        (("throttled",), 0, "throttled: expected true or false, found 0"),
        (("note",), {}, "note: expected a text, found an object"),
        (("note",), ..., "note: missing"),
        (("request",), 1, "request: expected an object, found 1"),
        (("request", "target"), "/\u0100", r"request: target: expected characters up to U\+00FF"),
        (("request", "headers"), "a", "request: headers: expected an array, found 'a'"),
        (("request", "headers"), [["a"]], "request: headers: expected pairs of texts"),
        (("request", "body"), "a", "request: body: expected"),
        (("request", "body"), {"text": "\ud800"}, "body: expected text that is Unicode"),
        (("request", "body"), {"base64": "é"}, "body: expected base64"),
        (("request", "body"), {"base64": "a"}, "body: expected base64"),
        (("response", "status"), "200", "response: status: expected an integer, found '200'"),
        (("response",), None, "either a response or a failure"),
        (("failure",), {"kind": "x", "message": ""}, "failure: kind: expected one of refused, "),
    ],
)
def test_json_that_is_no_exchange_is_refused_with_its_place(
    path: tuple[str, ...], value: object, says: str
) -> None:
    document: dict[str, Any] = json.loads(json.dumps(EXCHANGE.to_json()))
    holder: Any = {"": document}
    for step in ("", *path)[:-1]:
        holder = holder[step]
    last = ("", *path)[-1]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    changed = document if path else value

    with pytest.raises(ValueError, match=says):
        Exchange.from_json(changed)
