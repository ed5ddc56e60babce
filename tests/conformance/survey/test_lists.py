"""Lists beside each other: what one must not show of another, and what they may share."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.spec.contract import load
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, page_of, serving, user
from tests.helpers.running import conforming, outcomes, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run


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


NAMES: dict[str, Callable[[str], bool]] = {
    "a suffix": lambda name: name.startswith("C-100"),
    "a prefix": lambda name: name.endswith("-C-100"),
    "its end cut off": lambda name: name == "C-10",
    "% for its end": lambda name: name == "C-10%",
    "_ for its end": lambda name: name == "C-10_",
    "* for its end": lambda name: name == "C-10*",
    "NUL and more behind it": lambda name: name.partition("\0")[0] == "C-100",
    "a blank behind it": lambda name: name.rstrip() == "C-100",
}


def test_a_course_that_shows_under_other_names_is_found_by_each_of_them() -> None:
    result = run(Backend(change=Found(lambda name: any(finds(name) for finds in NAMES.values()))))
    assert outcomes(result) == {"PATH-04": "failed"}
    found = messages(result, "PATH-04")
    for how in NAMES:
        [message] = [each for each in found if f"made from a known one: {how})" in each]
        assert "expected no users of C-100; got 200 with 10 users, among them" in message


def test_a_course_that_shows_under_one_other_name_is_found() -> None:
    result = run(Backend(change=Found(NAMES["% for its end"])))
    assert outcomes(result) == {"PATH-04": "failed"}
    assert len(messages(result, "PATH-04")) == 1


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
    verdict = next(v for v in conforming().verdicts if v.requirement.id == "PATH-05")
    assert (verdict.outcome, verdict.reason) == (
        "skipped",
        "it takes two courses, and one was named",
    )


FORMS = {("page", "1_0"), ("pageSize", "0x1"), ("page", "\u0661"), ("page", " 1")}


def test_forms_that_only_some_languages_read_as_an_integer_are_a_warning() -> None:
    def accept(asked: Asked, answer: Answer) -> Answer:
        if answer.status != 400 or FORMS.isdisjoint(asked.query.items()):
            return answer
        asked.page = asked.page or 1
        asked.size = asked.size or 10
        return Answer(200, page_of(asked, 100, [user(index) for index in range(10)]))

    result = run(Backend(change=accept))
    assert outcomes(result) == {"PARAM-13": "warned"}
    found = messages(result, "PARAM-13")
    assert len(found) == len(FORMS)
    assert all("an integer to some languages only" in message for message in found)


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


UNCHECKED = {
    ("C-A", "10", "10"),
    ("C-A", "11", "10"),
    ("C-A", "2", "50"),
    ("C-B", "4", "10"),
    ("C-B", "5", "10"),
    ("C-0", "2", "10"),
}


def test_a_token_that_is_not_checked_on_some_pages_of_some_courses_is_found_on_each() -> None:
    change = shown_without_token(lambda asked: query(asked) in UNCHECKED)
    result = run(Backend(courses=THREE, change=change))
    assert outcomes(result) == {"AUTH-06": "failed"}
    found = messages(result, "AUTH-06")
    for course, page, size in UNCHECKED:
        where = f"{course}, request ?page={page}&pageSize={size} "
        assert any(message.startswith(where) for message in found), where


def test_a_token_that_is_not_checked_on_one_page_of_one_course_fails_that_course() -> None:
    change = shown_without_token(lambda asked: query(asked) == ("C-B", "4", "10"))
    result = run(Backend(courses=THREE, change=change))
    assert outcomes(result) == {"AUTH-06": "failed"}
    verdict = next(v for v in result.verdicts if v.requirement.id == "AUTH-06")
    assert [each.name for each in verdict.lists if each.outcome == "failed"] == ["C-B"]


def test_a_course_whose_first_page_is_open_to_everybody_is_found() -> None:
    change = shown_without_token(lambda asked: query(asked) == ("C-B", "1", "10"))
    found = outcomes(run(Backend(courses=THREE, change=change)))
    assert found == {"AUTH-02": "failed", "AUTH-03": "failed"}


def test_a_size_above_the_maximum_that_small_courses_accept_is_found() -> None:
    small = {"C-B", "C-0"}

    def accept(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 400 and asked.size > 100 and course_of(asked) in small:
            total = THREE[course_of(asked)]
            return Answer(200, page_of(asked, total, [user(100_000 + n) for n in range(total)]))
        return answer

    result = run(Backend(courses=THREE, change=accept))
    assert outcomes(result) == {"PARAM-07": "failed"}
    text = "\n".join(messages(result, "PARAM-07"))
    assert all(f"{course}, request ?page=1&pageSize=101" in text for course in small)


def test_a_page_0_that_some_sizes_accept_is_found() -> None:
    sizes = {"100", "1"}

    def accept(asked: Asked, answer: Answer) -> Answer:
        if answer.status == 400 and query(asked)[1] == "0" and query(asked)[2] in sizes:
            return Backend().answer(replace(asked, query={**asked.query, "page": "1"}))
        return answer

    result = run(Backend(change=accept))
    assert outcomes(result) == {"PARAM-09": "failed"}
    text = "\n".join(messages(result, "PARAM-09"))
    assert all(f"request ?page=0&pageSize={size} " in text for size in sizes)


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
    result = conforming()
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
