"""Lists beside each other: what one must not show of another, and what they may share."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.probes.plan import Profile
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.spec.contract import load
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, page_of, serving, user
from tests.helpers.running import outcomes, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.conformance.run.model import Run


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


def shown_without_token(place: Callable[[Asked], bool]) -> Callable[[Asked, Answer], Answer]:
    """Return a server that does not check the token of some requests."""
    open_ = Backend(courses=THREE)

    def change(asked: Asked, answer: Answer) -> Answer:
        if answer.status in {401, 403} and place(asked):
            valid = {**asked.headers, "authorization": open_.token}
            return open_.answer(replace(asked, headers=valid))
        return answer

    return change


THREE = {"C-A": 100, "C-B": 35, "C-0": 0}


def query(asked: Asked) -> tuple[str, str, str]:
    return course_of(asked), asked.query.get("page", ""), asked.query.get("pageSize", "")


@pytest.mark.parametrize(
    ("place", "where"),
    [
        (lambda asked: query(asked) == ("C-A", "10", "10"), "C-A, request ?page=10&pageSize=10"),
        (lambda asked: query(asked) == ("C-A", "11", "10"), "C-A, request ?page=11&pageSize=10"),
        (lambda asked: query(asked)[2] == "50", "C-A, request ?page=2&pageSize=50"),
        (lambda asked: query(asked) == ("C-B", "4", "10"), "C-B, request ?page=4&pageSize=10"),
        (lambda asked: query(asked) == ("C-B", "5", "10"), "C-B, request ?page=5&pageSize=10"),
        (lambda asked: query(asked)[:2] == ("C-0", "2"), "C-0, request ?page=2&pageSize=10"),
    ],
)
def test_a_token_that_is_not_checked_on_some_page_of_some_course_is_found(
    place: Callable[[Asked], bool], where: str
) -> None:
    result = run(Backend(courses=THREE, change=shown_without_token(place)))
    assert outcomes(result) == {"AUTH-06": "failed"}
    assert messages(result, "AUTH-06")[0].startswith(where)
    verdict = next(v for v in result.verdicts if v.requirement.id == "AUTH-06")
    failed = [each.name for each in verdict.lists if each.outcome == "failed"]
    assert failed == [where.partition(",")[0]]


def test_a_course_whose_first_page_is_open_to_everybody_is_found() -> None:
    change = shown_without_token(lambda asked: query(asked) == ("C-B", "1", "10"))
    found = outcomes(run(Backend(courses=THREE, change=change)))
    assert found == {"AUTH-02": "failed", "AUTH-03": "failed"}


@pytest.mark.parametrize("course", ["C-B", "C-0"])
def test_a_size_above_the_maximum_that_a_small_course_accepts_is_found(course: str) -> None:
    def accept(asked: Asked, answer: Answer) -> Answer:
        total = THREE.get(course_of(asked), 1000)
        if answer.status == 400 and asked.size > 100 and course_of(asked) == course:
            return Answer(200, page_of(asked, total, [user(100_000 + n) for n in range(total)]))
        return answer

    result = run(Backend(courses=THREE, change=accept))
    assert outcomes(result) == {"PARAM-07": "failed"}
    assert f"{course}, request ?page=1&pageSize=101" in messages(result, "PARAM-07")[0]


@pytest.mark.parametrize("size", ["100", "1"])
def test_a_page_0_that_some_size_accepts_is_found(size: str) -> None:
    backend = Backend()

    def accept(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 400 and query(asked)[1:] == ("0", size):
            return Backend().answer(replace(asked, query={**asked.query, "page": "1"}))
        return answer

    backend.change = accept
    assert outcomes(run(backend)) == {"PARAM-09": "failed"}


def test_the_summary_counts_requirements_of_courses() -> None:
    result = run(Backend(courses=THREE))
    assert outcomes(result) == {}
    judged = sum(each.judged for each in result.lists)
    pairs = len(result.verdicts) * 3
    assert (
        result.conclusion()
        == f"conforming: {judged} of {pairs} requirement \u00d7 course pairs judged"
    )
    assert all(any(e.judged for e in v.lists) for v in result.verdicts if v.judged)
    assert [(each.name, each.judged > 30) for each in result.lists] == [
        ("C-A", True),
        ("C-B", True),
        ("C-0", True),
    ]


def test_with_one_course_there_is_nothing_to_tell_apart() -> None:
    result = run(Backend())
    assert result.lists == []
    assert all(verdict.lists == () for verdict in result.verdicts)
    assert result.conclusion().endswith("requirements judged")


def test_a_course_that_was_not_walked_is_not_judged_and_named(tmp_path: Path) -> None:
    with serving(Backend(courses={"C-A": 100, "C-B": 40})) as url:
        config = RunConfig(
            load(), TOKEN, {"courseSerial": ("C-A", "C-B")}, mine=True, max_requests=190
        )
        options = CheckOptions(report_dir=tmp_path)
        result = check(Target.parse(url), config, options, lambda _: None)
    assert result.exit == 3
    reason = "C-B was not read: the requests ended before it was read"
    assert f" could not be judged because {reason}; " in result.conclusion()
    found = outcomes(result)
    assert found["PAGE-06"] == "inconclusive"
    verdict = next(v for v in result.verdicts if v.requirement.id == "PAGE-06")
    assert [(each.name, each.outcome.value) for each in verdict.lists] == [
        ("C-A", "passed"),
        ("C-B", "inconclusive"),
    ]
    report = json.loads((tmp_path / "report.json").read_text())
    assert [each["unread"] for each in report["lists"]] == [
        "",
        "the requests ended before it was read",
    ]
    rule = next(each for each in report["rules"] if each["id"] == "PAGE-06")
    assert [each["verdict"] for each in rule["lists"]] == ["passed", "inconclusive"]
    for name in ("summary.md", "report.html", "junit.xml"):
        assert "C-B" in (tmp_path / name).read_text()


def test_each_further_course_costs_at_most_thirty_requests() -> None:
    alone, three = Backend(courses={"C-A": 100}), Backend(courses=THREE)
    run(alone)
    run(three)
    assert len(three.asked) <= len(alone.asked) + 60


@pytest.mark.parametrize("silent", ["C-1", "C-2"])
def test_a_course_without_any_response_does_not_keep_the_others_from_being_judged(
    silent: str,
) -> None:
    def closing(asked: Asked, answer: Answer) -> Answer:
        if f"/{silent}/" in asked.path:
            raise ConnectionAbortedError
        return answer

    result = run(Backend(courses={"C-1": 30, "C-2": 30}, change=closing), profile=Profile.SMOKE)
    unread = result.evidence.unread.items()
    assert [list_id for list_id, reason in unread if "its first page got no resp" in reason] == [
        ("listOnlineCourseUsers", (("courseSerial", silent),))
    ]
    found = {name: outcome for name, outcome in outcomes(result).items() if outcome == "failed"}
    assert list(found) == ["HTTP-03"]
