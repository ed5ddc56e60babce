"""Failures that one kind of wrong response explains have one cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.reporting.formats import as_markdown, terminal
from ruangkerja.conformance.reporting.run.causes import causes_of, general, lines
from tests.helpers.backend import Answer, Asked, Backend
from tests.helpers.report_pages import FAULTY, crashing
from tests.helpers.running import conforming, run

if TYPE_CHECKING:
    from ruangkerja.conformance.reporting.run.model import Run


@pytest.fixture(scope="module")
def crashed() -> Run:
    return run(Backend(change=crashing))


def test_one_missing_try_is_one_cause_under_all_requirements_that_it_fails(crashed: Run) -> None:
    first, *others = causes_of(crashed)
    assert first.text.startswith('500 with the message "rpc error: code = Internal desc = cannot')
    assert {"PARAM-01", "PARAM-03", "PARAM-09", "PATH-01", "ERR-07"} <= set(first.ids)
    assert len(first.ids) > 7
    assert [cause.ids for cause in others] == [["ITEM-07"], ["PAGE-03"], ["ERR-03"]]


def test_every_failure_has_a_cause_and_the_same_ones_in_every_run(crashed: Run) -> None:
    named = {id_ for cause in causes_of(crashed) for id_ in cause.ids}
    assert named == {verdict.requirement.id for verdict in crashed.accused}
    assert lines(causes_of(run(Backend(change=crashing)))) == lines(causes_of(crashed))


def test_the_terminal_and_the_summary_begin_and_end_with_them(crashed: Run) -> None:
    *_, causes, last = terminal.render(crashed).split("\n\n")
    assert "1. 500 with the message" in causes
    assert "PARAM-03, " in causes
    assert "not conforming" in last
    text = as_markdown.render(crashed)
    assert text.index("| Cause |") < text.index("<details>")


def test_requirements_about_the_same_field_have_one_cause() -> None:
    def change(_: Asked, answer: Answer) -> Answer:
        if answer.status == 200:
            for item in answer.body["data"]["items"]:
                item["completedAt"] = "2022-13-45"
        return answer

    [cause] = [c for c in causes_of(run(Backend(change=change))) if "completedAt" in c.text]
    assert cause.text.startswith("field /data/items/*/completedAt: expected that completedAt ")
    assert len(cause.exchanges) > 3


def test_redirects_to_one_page_have_one_cause() -> None:
    def change(_: Asked, answer: Answer) -> Answer:
        if answer.status == 401:
            answer.status, answer.raw, answer.headers = 302, b"", {"Location": "/login"}
        return answer

    [cause] = causes_of(run(Backend(change=change)))
    assert {"AUTH-02", "AUTH-06", "ERR-05"} <= set(cause.ids)
    assert cause.text.startswith("302")


def test_independent_faults_are_independent_causes() -> None:
    assert len(causes_of(run(FAULTY))) == 3
    assert causes_of(conforming()) == []


def test_a_pointer_names_all_elements() -> None:
    assert general("/data/items/12/user/0") == "/data/items/*/user/*"
