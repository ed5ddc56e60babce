"""Error responses that are cut off, that have no body, or that tell what clients must not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.reporting.run.unjudged import grouped
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.running import outcomes, run

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run

Change = Callable[[Asked, Answer], Answer]


def told(result: Run, requirement: str) -> str:
    """The first message about a requirement."""
    return next(v for v in result.verdicts if v.requirement.id == requirement).findings[0].message


def cut_off(status: int) -> Change:
    """Close the connection within the body of each error with this status."""

    def change(_: Asked, answer: Answer) -> Answer:
        if answer.status == status:
            answer.headers["Content-Length"] = str(len(answer.data) + 7)
            answer.version = "HTTP/1.0"
        return answer

    return change


def in_errors(status: int, tell: Callable[[Asked, Answer], None]) -> Change:
    """Change each error with this status."""

    def change(asked: Asked, answer: Answer) -> Answer:
        if answer.status == status:
            tell(asked, answer)
        return answer

    return change


def detail(text: str) -> Callable[[Asked, Answer], None]:
    """Add a text to the detail of an error."""
    return lambda _, answer: answer.body.update(detail=f"{answer.body['detail']}: {text}")


def test_an_error_response_to_an_unknown_list_that_is_cut_off_has_no_error_body() -> None:
    result = run(Backend(change=cut_off(404)))
    found = outcomes(result)
    assert (result.exit, found["ERR-02"], found["PATH-01"]) == (1, "failed", "inconclusive")
    assert "closed the connection in the body of a 404" in told(result, "ERR-02")


def test_a_requirement_whose_requests_fail_each_time_is_not_said_to_be_untested() -> None:
    [unjudged] = [
        each for each in grouped(run(Backend(change=cut_off(405)))) if "HTTP-01" in each.ids
    ]
    assert "was sent" not in unjudged.reason
    assert "in the body of a 405" in unjudged.reason
    assert unjudged.help == "correct these responses, and repeat the run"


def no_body(_: Asked, answer: Answer) -> None:
    """Say that there is nothing, in place of an error or of an empty list."""
    answer.status, answer.raw, answer.headers = 204, b"", {}


def test_a_status_without_a_body_is_no_response_to_an_unknown_list() -> None:
    result = run(Backend(change=in_errors(404, no_body)))
    assert outcomes(result)["PATH-01"] == "failed"
    assert "got 204 with an empty body" in told(result, "PATH-01")


def test_a_status_without_a_body_is_no_page_past_the_end() -> None:
    def change(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200 and (asked.page - 1) * asked.size >= 100:
            no_body(asked, answer)
        return answer

    result = run(Backend(change=change))
    assert outcomes(result) == {"PAGE-05": "failed", "PARAM-11": "failed"}
    assert "got 204 with an empty body" in told(result, "PAGE-05")


def in_a_member(asked: Asked, answer: Answer) -> None:
    answer.body["token"] = asked.headers.get("authorization", "")


def in_a_copy_of_the_headers(asked: Asked, answer: Answer) -> None:
    answer.body["headers"] = {"authorization": asked.headers.get("authorization", "")}


def in_a_header(asked: Asked, answer: Answer) -> None:
    answer.headers["X-Auth-Token"] = asked.headers.get("authorization", "")


def in_a_cookie(asked: Asked, answer: Answer) -> None:
    answer.headers["Set-Cookie"] = f"last={asked.headers.get('authorization', '')}; Path=/"


@pytest.mark.parametrize(
    "tell",
    [in_a_member, in_a_copy_of_the_headers, in_a_header, in_a_cookie],
    ids=lambda f: f.__name__,
)
def test_a_token_is_found_where_the_name_says_that_it_is_a_secret(
    tell: Callable[[Asked, Answer], None],
) -> None:
    assert outcomes(run(Backend(change=in_errors(400, tell))))["AUTH-08"] == "warned"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("dial tcp 10.0.3.17:5432: i/o timeout", "an internal address"),
        ("192.168.7.20:6379 does not respond", "an internal address"),
        ("lookup users.prod.svc.cluster.local: no such host", "an internal address"),
        ("connect ECONNREFUSED ::1:5432", "an internal address"),
        ("/home/app/src/handlers/users.ts:44 page", "a source file"),
    ],
)
def test_an_error_shows_no_internals(text: str, what: str) -> None:
    result = run(Backend(change=in_errors(404, detail(text))))
    assert outcomes(result) == {"ERR-04": "warned"}
    assert f"got {what}" in told(result, "ERR-04")


@pytest.mark.parametrize(
    "text",
    [
        "your address 10.0.3.17 is not allowed",
        "version 10.2.3.4 is too old",
        "GET http://{host}/a/b.c is unknown",
        "see https://example.com/docs/errors.html:12",
        "code = Internal. Internal errors are logged",
    ],
)
def test_what_a_client_may_know_is_no_internals(text: str) -> None:
    def tell(asked: Asked, answer: Answer) -> None:
        detail(text.format(host=asked.headers["host"]))(asked, answer)

    assert outcomes(run(Backend(change=in_errors(404, tell)))) == {}
