"""Policies: which there are, how they are named, and what they do to a contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec.checks.openapi import problems
from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.model.lists import Oversize, PastEnd, UnknownList
from ruangkerja.spec.policies.policy import FOLDER, PolicyError, in_force
from ruangkerja.spec.register import DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

NAMES = sorted(path.stem for path in (DEFAULT.parent / FOLDER).glob("*.yaml"))

# The choices of each decision that has some, the default first.
CHOICES = {
    "D6": "first-page-1",
    "D7": "oversize-reject oversize-clamp",
    "D8": "past-end-any past-end-empty past-end-refuse",
    "D9": "unknown-course-any unknown-course-refuse unknown-course-empty",
    "D13": "never-opened-date-time never-opened-empty never-opened-null",
    "D14": "not-completed-empty not-completed-null",
}


def test_each_choice_of_a_decision_is_a_built_in_policy_and_there_are_no_others(
    contract: Contract,
) -> None:
    decisions = contract.register.decisions.values()
    assert {d.id: " ".join(d.policies) for d in decisions if d.policies} == CHOICES
    assert sorted(" ".join(CHOICES.values()).split()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_under_a_built_in_policy_is_valid(name: str) -> None:
    changed = load(policies=[name])
    assert [policy.name for policy in changed.policies] == [name]
    assert list(problems(changed.source)) == []
    success = changed.operations[0].success
    assert success is not None
    assert success.json is not None
    assert success.json.schema is not None
    for example in success.json.examples.values():
        request = {"page": 1, "pageSize": 10}
        assert success.json.schema.judge(example, request).violations == []


def test_a_default_policy_changes_nothing(contract: Contract) -> None:
    for choices in CHOICES.values():
        assert load(policies=choices.split()[:1]).document == contract.document


def test_the_facts_of_a_policy_stand_in_the_contract() -> None:
    paging = (
        load(policies=["oversize-clamp", "past-end-refuse", "unknown-course-empty"])
        .operations[0]
        .pagination
    )
    assert paging is not None
    assert paging.oversize is Oversize.CLAMP
    assert paging.past_end is PastEnd.REFUSE
    assert paging.unknown_list is UnknownList.EMPTY


def test_the_end_of_a_name_is_enough_where_only_one_has_it() -> None:
    assert [policy.name for policy in load(policies=["clamp"]).policies] == ["oversize-clamp"]
    with pytest.raises(PolicyError, match="'null' stands for several policies: never-opened-null,"):
        load(policies=["null"])


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(
        PolicyError, match="no policy 'clmp'; there are first-page-1, never-opened-"
    ):
        load(policies=["clmp"])


def test_two_choices_for_one_decision_are_refused() -> None:
    message = "past-end-empty and past-end-refuse choose differently for decision D8; use one"
    with pytest.raises(PolicyError, match=message):
        load(policies=["past-end-empty", "past-end-refuse"])


def test_a_policy_that_is_named_twice_is_applied_once() -> None:
    assert len(load(policies=["oversize-clamp", "clamp"]).policies) == 1


def test_a_contract_can_be_put_under_more_policies_in_place_of_its_own() -> None:
    first = load(policies=["past-end-empty", "oversize-clamp"])
    second = first.under(["past-end-refuse"])
    assert [policy.name for policy in second.policies] == ["oversize-clamp", "past-end-refuse"]
    decisions = second.register.decisions
    forced = [in_force(decisions[each], second.policies) for each in ("D7", "D8", "D9", "D10")]
    assert forced == ["oversize-clamp", "past-end-refuse", "unknown-course-any", ""]


def own(tmp_path: Path, target: str, update: str) -> Path:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "overlay: 1.0.0\n"
        "info: {title: pages have at most 50 users, version: 1.0.0}\n"
        f"actions:\n  - target: {target}\n    update: {update}\n",
        encoding="utf-8",
    )
    return file


def test_a_team_can_write_a_policy_of_its_own(tmp_path: Path) -> None:
    file = own(tmp_path, "$.components.parameters.pageSize.schema", "{maximum: 50}")
    for changed in (load(policies=[file]), load(policies=[str(file)])):
        assert changed.operations[0].parameter("pageSize").maximum == 50
        assert [(p.name, p.title) for p in changed.policies] == [
            ("ours", "pages have at most 50 users")
        ]


def test_pages_that_are_counted_from_another_number_are_refused(tmp_path: Path) -> None:
    file = own(tmp_path, "$.components.parameters.page.schema", "{minimum: 0}")
    with pytest.raises(SourceError, match=rf"{re.escape(str(file))}:5: page can be less than 1, "):
        load(policies=[file])


def test_a_mistake_that_a_policy_makes_has_the_line_in_the_policy(tmp_path: Path) -> None:
    file = own(tmp_path, "$.components.parameters.pageSize.schema", "{maximum: many}")
    [warning] = load(policies=[file]).warnings
    assert str(warning).startswith(f"{file}:5: ")


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.yaml:1: cannot be read"):
        load(policies=[tmp_path / "none.yaml"])
