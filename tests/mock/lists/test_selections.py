"""Filters, searches and sorting of a list: each is a member of a contract, and is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.spec import contract as contracts
from tests.helpers import family

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import Caller, MakeCaller

LEARNERS = "/v1/courses/C-1001/learners?limit=50"


@pytest.fixture(scope="module")
def call(caller: MakeCaller) -> Caller:
    return caller(contracts.load(family.PATH))


def learners(call: Caller, query: str = "") -> list[Any]:
    """Return the learners on all pages."""
    found: list[Any] = []
    for page in range(1, 20):
        body = call(f"{LEARNERS}&page={page}{query}", token=family.TOKEN).json
        found += body["learners"]
        if page >= body["meta"]["pages"]:
            break
    return found


def test_a_filter_by_a_bound_has_the_bound_itself_and_no_missing_value(call: Caller) -> None:
    everyone = learners(call)
    bound = sorted(each["score"] for each in everyone if each["score"] is not None)[5]
    wanted = [each for each in everyone if each["score"] is not None and each["score"] >= bound]
    assert learners(call, f"&minScore={bound}") == wanted


def test_a_search_finds_a_text_in_any_of_its_members_and_in_any_case(call: Caller) -> None:
    everyone = learners(call)
    word = everyone[3]["name"].split()[0].upper()
    found = learners(call, f"&search={word}")
    assert found == [each for each in everyone if word.lower() in each["name"].lower()]
    assert learners(call, f"&search={everyone[3]['learnerId'].lower()}") == [everyone[3]]


@pytest.mark.parametrize("order", ["", "&order=asc", "&order=desc"])
def test_a_list_is_sorted_over_all_its_pages(call: Caller, order: str) -> None:
    scores = [each["score"] for each in learners(call, f"&sort=score{order}")]
    known = [score for score in scores if score is not None]
    assert known == sorted(known, reverse=order.endswith("desc"))
    assert scores[len(known) :] == [None] * (len(scores) - len(known))


def test_filters_and_sorting_work_together(call: Caller) -> None:
    found = learners(call, "&status=active&sort=name&minScore=10")
    assert {each["status"] for each in found} == {"active"}
    names = [each["name"].casefold() for each in found]
    assert names == sorted(names)


def test_a_value_that_sorts_nothing_is_rejected(call: Caller) -> None:
    assert call(f"{LEARNERS}&sort=seats", token=family.TOKEN).status == 400


MISTAKES = {
    "x-filter: {member: /score, comparison: atLeast}": [
        ("x-filter: {member: /points, comparison: atLeast}", "the items have no member /points"),
        ("x-filter: {member: /name, comparison: atLeast}", "atLeast cannot be used with"),
        ("x-filter: {member: /score, comparison: contains}", "contains cannot compare number"),
        ("x-filter: {member: /status}", "equals cannot compare text with number"),
    ],
    "x-search: [/name, /learnerId]": [("x-search: [/name, /mail]", "no member /mail")],
    "x-sort: {members: {name: /name, score: /score}, order: order}": [
        ("x-sort: {members: {name: /name}, order: order}", "sort may be 'score', which is not"),
        ("x-sort: {members: {name: /name, score: /s}, order: order}", "no member /s"),
        ("x-sort: {members: {name: /name, score: /score}, order: way}", "no query parameter"),
        ("x-sort: {members: {name: /name, score: /score}, order: status}", "known to sort down"),
    ],
}


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [(old, new, what) for old, found in MISTAKES.items() for new, what in found],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, what: str) -> None:
    error, line = family.refused(tmp_path, old, new)
    [problem] = error.problems
    assert what in problem.what
    assert problem.line == line
