from __future__ import annotations

from dataclasses import replace

import pytest

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response

RESPONSE = Response(
    status=200,
    reason="OK",
    http_version="HTTP/1.1",
    headers=(("content-TYPE", "Application/JSON; charset=utf-8"), ("X", "1"), ("x", "2")),
    body=b'{"a": 1}',
    raw_size=8,
)
EXCHANGE = Exchange(1, Request("GET", b"/"), RESPONSE, None, started=1.5, duration=0.25)


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


def test_several_media_types_that_differ_are_none_of_them() -> None:
    same = (("Content-Type", "application/json"), ("content-type", "Application/JSON;a=b"))
    assert replace(RESPONSE, headers=same).media_type == "application/json"
    other = (*same, ("Content-Type", "text/html"))
    assert replace(RESPONSE, headers=other).media_type == "application/json, text/html"


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
