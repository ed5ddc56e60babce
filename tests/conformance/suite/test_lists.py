"""Lists beside each other: what one must not show of another, and what they may share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.helpers.backend import Answer, Asked, Backend, page_of, user
from tests.helpers.running import outcomes, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.conformance.report.model import Run


def messages(result: Run, requirement: str) -> list[str]:
    found = next(v for v in result.verdicts if v.requirement.id == requirement)
    return [finding.message for finding in found.findings]


def course_of(asked: Asked) -> str:
    return unquote(asked.path.split("/")[4])


@dataclass
class Found:
    """Shows the first hundred users under each name that a careless comparison finds."""

    finds: Callable[[str], bool]

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        if answer.status == 404 and self.finds(course_of(asked)):
            start = (asked.page - 1) * asked.size
            shown = range(min(start, 100), min(start + asked.size, 100))
            return Answer(200, page_of(asked, 100, [user(index) for index in shown]))
        return answer


@pytest.mark.parametrize(
    ("finds", "how"),
    [
        (lambda name: name.startswith("C-100"), "a suffix"),
        (lambda name: name.endswith("-C-100"), "a prefix"),
        (lambda name: name == "C-10", "its end cut off"),
        (lambda name: name == "C-10%", "% for its end"),
        (lambda name: name == "C-10_", "_ for its end"),
        (lambda name: name == "C-10*", "* for its end"),
        (lambda name: name.partition("\0")[0] == "C-100", "NUL and more behind it"),
        (lambda name: name.rstrip() == "C-100", "a blank behind it"),
    ],
)
def test_a_course_that_shows_under_another_name_is_found(
    finds: Callable[[str], bool], how: str
) -> None:
    result = run(Backend(change=Found(finds)))
    assert outcomes(result) == {"PATH-04": "failed"}
    assert any(f"made from a known one: {how})" in text for text in messages(result, "PATH-04"))
    assert (
        "expected no users of C-100; got 200 with 10 users, among them"
        in (messages(result, "PATH-04")[0])
    )


def test_a_course_whose_name_is_the_beginning_of_another_may_share_its_users() -> None:
    backend = Backend(courses={"C-100": 40, "C-10": 40})

    def with_shared_users(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200 and course_of(asked) == "C-10":
            for row, item in enumerate(answer.body["data"]["items"]):
                if row % 10 < 9:
                    item["user"] = user((asked.page - 1) * asked.size + row)["user"]
        return answer

    backend.change = with_shared_users
    assert outcomes(run(backend, courses=("C-100",))) == {}


def test_the_case_of_a_name_is_no_matter() -> None:
    assert outcomes(run(Backend(change=Found(lambda name: name.lower() == "c-100")))) == {}


def test_two_courses_with_the_same_users_in_the_same_order_are_a_warning() -> None:
    def of_the_first(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            start = (asked.page - 1) * asked.size
            for row, item in enumerate(answer.body["data"]["items"]):
                item.update(user(start + row))
        return answer

    same = run(Backend(courses={"C-A": 25, "C-B": 25}, change=of_the_first))
    assert outcomes(same) == {"PATH-05": "warned"}
    (message,) = messages(same, "PATH-05")
    assert message == (
        "C-B, page 1 at pageSize 100: expected other users than in C-A; "
        "got the same 25 users in the same order"
    )
    assert outcomes(run(Backend(courses={"C-A": 25, "C-B": 26}, change=of_the_first))) == {}
    few = run(Backend(courses={"C-A": 9, "C-B": 9}, change=of_the_first))
    assert outcomes(few) == {"PATH-05": "inconclusive"}


def test_one_course_alone_is_compared_with_none() -> None:
    verdict = next(v for v in run(Backend()).verdicts if v.requirement.id == "PATH-05")
    assert (verdict.outcome, verdict.reason) == (
        "skipped",
        "it takes two courses, and one was named",
    )


@pytest.mark.parametrize(
    ("name", "value"), [("page", "1_0"), ("pageSize", "0x1"), ("page", "\u0661"), ("page", " 1")]
)
def test_a_form_that_only_some_languages_read_as_an_integer_is_a_warning(
    name: str, value: str
) -> None:
    def accept(asked: Asked, answer: Answer) -> Answer:
        if asked.query.get(name) != value or answer.status != 400:
            return answer
        asked.page = asked.page or 1
        asked.size = asked.size or 10
        return Answer(200, page_of(asked, 100, [user(index) for index in range(10)]))

    result = run(Backend(change=accept))
    assert outcomes(result) == {"PARAM-13": "warned"}
    assert "an integer to some languages only" in messages(result, "PARAM-13")[0]
