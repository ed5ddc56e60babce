"""What real backends do that no made-up one did: each was found by trying the suite on them."""

from __future__ import annotations

from tests.helpers.backend import Answer, Asked, Backend, page_of, user
from tests.helpers.running import outcomes, run


def test_a_hostile_serial_that_shows_users_of_a_known_course_is_found() -> None:
    def injected(asked: Asked, answer: Answer) -> Answer:
        if "%20OR%20" in asked.path and answer.status == 404:
            asked.page, asked.size = 1, 10
            return Answer(200, page_of(asked, 100, [user(index) for index in range(10)]))
        return answer

    assert outcomes(run(Backend(change=injected))) == {"PATH-01": "failed"}


def test_a_hostile_serial_may_name_a_list_of_its_own() -> None:
    def made_up(asked: Asked, answer: Answer) -> Answer:
        if "%20OR%20" in asked.path and answer.status == 404:
            asked.page, asked.size = 1, 10
            rows = [user(index) for index in range(5000, 5010)]
            return Answer(200, page_of(asked, 10, rows))
        return answer

    assert outcomes(run(Backend(change=made_up))) == {}


def test_a_page_number_beyond_what_json_keeps_exactly_may_come_back_rounded() -> None:
    """JavaScript has no other numbers: 2^63 - 1 comes back as 2^63."""

    def rounded(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            data = answer.body["data"]
            data["currentPage"] = int(float(data["currentPage"]))
        return answer

    assert outcomes(run(Backend(change=rounded))) == {}


def test_hanging_up_is_no_error_response() -> None:
    """Java's own server does so where a handler throws."""

    def hanging_up(asked: Asked, answer: Answer) -> Answer:
        if "page" not in asked.query:
            raise ConnectionError
        return answer

    result = run(Backend(change=hanging_up))
    assert outcomes(result) == {"PARAM-01": "failed", "HTTP-04": "warned"}
    [verdict] = [v for v in result.verdicts if v.requirement.id == "PARAM-01"]
    assert "the server closed the connection" in verdict.findings[0].message.lower()
