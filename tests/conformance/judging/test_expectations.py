"""Runs with an expectation file: what a team wrote down is compared with what its server shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click import UsageError

from ruangkerja.conformance.config.arguments import expectations_from
from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.evidence.expectation import load
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.requests.probes.plan import Profile
from ruangkerja.conformance.suite.check import CheckOptions, check
from ruangkerja.conformance.survey import plan
from tests.helpers.backend import TOKEN, Answer, Asked, Backend, error, page_of, serving, user
from tests.helpers.running import conforming

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.reporting.run.model import Run
    from ruangkerja.conformance.verdicts.verdict import Verdict
    from ruangkerja.spec.contract import Contract

OTHER = "Tk-other-91d07ab34e685f2c"
COURSES = {"C-1": 120, "C-2": 3, "C-3": 30}
KEYS = "[USER00100000, USER00100001, USER00100002]"


def own_courses(*serials: str) -> Any:
    """The other token shows these courses, and no others."""

    def change(asked: Asked, answer: Answer) -> Answer:
        if asked.headers.get("authorization") != OTHER:
            return answer
        courses = {name: total for name, total in COURSES.items() if name in serials}
        return Backend(courses, token=OTHER).answer(asked)

    return change


@pytest.fixture
def expect(tmp_path: Path, contract: Contract) -> Any:
    """A function that checks a backend with an expectation file."""

    def run(text: str, backend: Backend, **options: Any) -> Run:
        file = tmp_path / "expect.yaml"
        file.write_text(text)
        expectations, tokens = expectations_from(file, contract, {"OTHER": OTHER}, TOKEN)
        with serving(backend) as url:
            config = RunConfig(
                contract,
                TOKEN,
                options.pop("lists", {}),
                options.pop("profile", Profile.GATE),
                mine=True,
                expectations=expectations,
                other_tokens=tokens,
            )
            how = CheckOptions(**{"show_data": True, **options})
            return check(Target.parse(url), config, how, lambda _: None)

    return run


def verdict(run: Run) -> Verdict:
    return next(each for each in run.verdicts if each.requirement.id == "PATH-06")


def total(course: str, number: int) -> str:
    return f"- {{list: {{courseSerial: {course}}}, total: {number}}}\n"


def keys(course: str, serials: str) -> str:
    return f"- {{list: {{courseSerial: {course}}}, keys: {serials}}}\n"


def hidden(course: str, own: str) -> str:
    return (
        f"- {{list: {{courseSerial: {course}}}, hidden_from: OTHER}}\n"
        f"- {{list: {{courseSerial: {own}}}, visible_to: OTHER}}\n"
    )


def test_lists_of_the_file_are_read_and_conform_if_they_show_what_is_stated(expect: Any) -> None:
    text = total("C-1", 120) + total("C-2", 3) + keys("C-2", KEYS) + hidden("C-1", "C-3")
    run = expect(text, Backend(COURSES, own_courses("C-3")))
    assert run.exit == 0
    assert verdict(run).outcome == "passed"
    assert verdict(run).judged == 5
    assert {dict(walk.collection)["courseSerial"] for walk in run.evidence.walks} == {"C-1", "C-2"}


def test_without_a_file_the_requirement_is_skipped_and_the_run_conforms() -> None:
    result = conforming()
    assert (result.exit, verdict(result).outcome) == (0, "skipped")
    assert verdict(result).reason == "no --expect file was given"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            total("C-1", 130),
            ["C-1, page 1 at pageSize 10, field /data/totalItems: expected a total of 130 users"],
        ),
        (total("C-1", 130), ["expect.yaml:1 states; got 120"]),
        (total("C-9", 130) + total("C-1", 120), ["C-9, page 1", "a total of 130", "got 404"]),
        (keys("C-9", "[A]") + total("C-1", 120), ["C-9, page 1", "expected 1 user", "got 404"]),
        (keys("C-2", "[A]"), ["C-2, page 1", "row 1", 'got "USER00100000", and 2 more']),
        (keys("C-2", "[A]"), ["expected exactly 1 user, as", 'got a list without "A"']),
        (
            keys("C-2", KEYS.replace("]", ", A, B]")),
            ["expected exactly 5 users", 'a list without "A" and 1 more'],
        ),
        (
            hidden("C-3", "C-1"),
            [
                "C-3, request ?page=1&pageSize=10 (header Authorization from OTHER)",
                "expected no users for this token, as",
                "got 200 with 10 users",
            ],
        ),
        (hidden("C-1", "C-2"), ["C-2, request", "expected users for this token", "got 404"]),
    ],
)
def test_what_is_not_as_stated_fails_and_the_finding_says_where(
    expect: Any, text: str, words: list[str]
) -> None:
    # A smoke run reads the lists, too, but sends no other token.
    profile = Profile.GATE if "hidden_from" in text else Profile.SMOKE
    run = expect(text, Backend(COURSES, own_courses("C-1", "C-3")), profile=profile)
    assert run.exit == 1
    assert verdict(run).outcome == "failed"
    messages = "\n".join(finding.message for finding in verdict(run).findings)
    assert all(word in messages for word in words), messages


@pytest.mark.parametrize(
    ("answer", "fails"),
    [
        (lambda _: error(403, "Not yours"), False),
        (lambda _: error(404, "No such course"), False),
        (lambda asked: Answer(200, page_of(asked, 0, [])), False),
        (lambda asked: Answer(200, page_of(asked, 30, [])), True),
        (lambda asked: Answer(200, page_of(asked, 1, [user(7)])), True),
        (lambda _: error(401, "Who is this"), True),
        (lambda _: error(500, "Oops"), True),
    ],
)
def test_a_hidden_list_shows_nothing_to_a_token_that_is_accepted(
    expect: Any, answer: Any, fails: bool
) -> None:
    def change(asked: Asked, before: Answer) -> Answer:
        if asked.headers.get("authorization") != OTHER:
            return before
        asked.page, asked.size = int(asked.query["page"]), int(asked.query["pageSize"])
        own = Backend(COURSES, token=OTHER).answer(asked)
        return own if "C-1" in asked.path else answer(asked)

    run = expect(hidden("C-3", "C-1"), Backend(COURSES, change))
    assert (verdict(run).outcome == "failed") == fails


def test_a_later_page_of_a_hidden_list_is_requested_too(expect: Any) -> None:
    def change(asked: Asked, answer: Answer) -> Answer:
        late = asked.query.get("page") == "2" and "C-3" in asked.path
        return own_courses("C-1", *(["C-3"] if late else []))(asked, answer)

    run = expect(hidden("C-3", "C-1"), Backend(COURSES, change))
    [finding] = verdict(run).findings
    assert "request ?page=2&pageSize=1 " in finding.message


def test_another_token_is_no_wrong_token_and_its_rejection_is_no_fault(expect: Any) -> None:
    run = expect(hidden("C-3", "C-1"), Backend(COURSES, own_courses("C-1")))
    assert {v.requirement.id for v in run.verdicts if v.outcome in {"failed", "warned"}} == set()


def test_a_list_that_does_not_exist_is_not_hidden(expect: Any) -> None:
    run = expect(hidden("C-9", "C-1") + total("C-1", 120), Backend(COURSES, own_courses("C-1")))
    [note] = [each for each in run.notes if "is not judged" in each]
    assert note.startswith("C-9: hidden_from is not judged (")
    assert verdict(run).judged == 2


def test_a_list_that_is_too_long_to_be_read_is_not_judged_by_keys_and_is_named(
    expect: Any,
) -> None:
    serials = ", ".join(f"USER{index:08d}" for index in range(120))
    run = expect(keys("C-1", f"[{serials}]"), Backend(COURSES), profile=Profile.SMOKE)
    assert verdict(run).outcome == "skipped"
    [note] = [each for each in run.notes if "is not judged" in each]
    assert note.startswith("C-1: keys is not judged (")


@pytest.mark.parametrize("show_data", [True, False])
def test_reports_have_no_token_and_the_command_names_the_variable(
    expect: Any, tmp_path: Path, show_data: bool
) -> None:
    def repeated(asked: Asked, answer: Answer) -> Answer:
        answer = own_courses("C-1", "C-3")(asked, answer)
        if asked.headers.get("authorization") == OTHER:
            answer.headers["X-Debug"] = f"token {OTHER}"
        return answer

    run = expect(
        hidden("C-3", "C-1"),
        Backend(COURSES, repeated),
        report_dir=tmp_path,
        show_data=show_data,
    )
    [finding] = verdict(run).findings
    assert '-H Authorization: "$OTHER"' in str(run.command(finding)).replace("'", "")
    texts = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert len(texts) > 5
    assert not any(OTHER in text or OTHER[::-1] in text for text in texts)


def test_expected_keys_are_personal_data(expect: Any, tmp_path: Path) -> None:
    run = expect(
        keys("C-2", KEYS.replace("]", ", SITIRAHMA9000001]").replace("USER00100000, ", "")),
        Backend(COURSES),
        report_dir=tmp_path / "reports" if (tmp_path / "reports").mkdir() is None else None,
        show_data=False,
    )
    messages = [finding.message for finding in verdict(run).findings]
    assert len(messages) == 2
    report = json.dumps([json.loads((tmp_path / "reports" / "report.json").read_text()), messages])
    assert "SITIRAHMA9000001" not in report
    assert "USER0010000" not in report


def test_the_plan_has_the_lists_of_the_file_and_no_token(
    contract: Contract, tmp_path: Path
) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text(total("C-1", 120) + hidden("C-3", "C-7"))
    config = RunConfig(
        contract, TOKEN, expectations=load(file, contract), other_tokens={"OTHER": OTHER}
    )
    planned = "\n".join(plan.lines(config, plan.describe(config, Target.parse("http://a.example"))))
    assert OTHER not in planned
    assert planned.count("the token in OTHER") == 3
    assert all(f"all pages of {course}" in planned for course in ("C-1", "C-3"))
    assert "all pages of C-7" not in planned
    assert "COURSE-EXAMPLE1" not in planned


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({}, "OTHER is not set"),
        ({"OTHER": ""}, "OTHER is empty"),
        ({"OTHER": "a\nb"}, "not valid in a header"),
        ({"OTHER": TOKEN}, "the token of the run itself"),
    ],
)
def test_a_variable_without_another_token_is_refused(
    contract: Contract, tmp_path: Path, environment: dict[str, str], word: str
) -> None:
    file = tmp_path / "expect.yaml"
    file.write_text(hidden("C-3", "C-1"))
    with pytest.raises(UsageError, match=word) as caught:
        expectations_from(file, contract, environment, TOKEN)
    assert TOKEN not in str(caught.value)
