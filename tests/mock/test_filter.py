"""`x-filter`: a query parameter that selects items, added to a contract by YAML alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.data import pages
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.source import SourceError
from tests.helpers import filtered_list
from tests.helpers.filtered_list import STATUSES

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from .conftest import Caller, MakeCaller

USERS = "/ruangkerja/dashboard/courses/{}/online/users?page={}&pageSize={}"


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contracts.load(filtered_list.write(tmp_path_factory.mktemp("filtered")))


@pytest.fixture(scope="module")
def call(filtered: Contract, caller: MakeCaller) -> Caller:
    return caller(filtered)


def test_a_filter_selects_the_items_with_a_value_and_counts_them(call: Caller) -> None:
    everyone = call(USERS.format("COURSE-HUNDRED", 1, 100)).json["data"]["items"]
    for status in STATUSES:
        data = call(USERS.format("COURSE-HUNDRED", 1, 100) + f"&status={status}").json["data"]
        assert data["items"] == [item for item in everyone if item["status"] == status]
        assert data["totalItems"] == len(data["items"])


def test_a_filtered_list_is_paged_like_any_other(call: Caller) -> None:
    walked = []
    for page in range(1, 5):
        answer = call(USERS.format("COURSE-HUNDRED", page, 7) + "&status=completed")
        walked += answer.json["data"]["items"]
    whole = call(USERS.format("COURSE-HUNDRED", 1, 28) + "&status=completed").json["data"]
    assert walked == whole["items"]
    assert whole["totalPage"] == -(-whole["totalItems"] // 28)


def test_without_the_filter_the_list_is_what_it_was(call: Caller, caller: MakeCaller) -> None:
    target = USERS.format("C-1", 1, 10)
    assert call(target).body == caller()(target).body


def test_a_value_outside_the_enum_is_refused(call: Caller) -> None:
    refused = call(USERS.format("C-1", 1, 10) + "&status=archived")
    assert refused.status == 400
    assert "status" in refused.json["message"]


def test_a_list_too_long_to_look_through_is_refused_with_the_limit(call: Caller) -> None:
    refused = call(USERS.format("COURSE-TEN-MILLION", 1, 10) + "&status=completed")
    assert refused.status == 501
    assert str(pages.MOST_FILTERED) in refused.json["detail"]


def test_an_item_that_the_filter_should_not_let_through_breaks_the_contract(
    filtered: Contract, call: Caller
) -> None:
    body = call(USERS.format("COURSE-HUNDRED", 1, 10)).json
    success = filtered.operations[0].success
    assert success is not None
    assert success.json is not None
    schema = success.json.schema
    assert schema is not None
    request = {"page": 1, "pageSize": 10}
    assert schema.accepts(body, request)
    wrong = next(s for s in STATUSES if any(i["status"] != s for i in body["data"]["items"]))
    broken = schema.judge(body, {**request, "status": wrong}).violations
    assert {violation.place[-1] for violation in broken} == {"status"}


def test_a_parameter_name_that_no_law_can_read_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    file = filtered_list.write(tmp_path)
    text = file.read_text(encoding="utf-8").replace("- name: status\n", "- name: user-status\n")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        contracts.load(file)
    [problem] = error.value.problems
    assert "x-filter:" in text.splitlines()[problem.line - 1]
    assert "'user-status'" in problem.what


@pytest.mark.parametrize(
    ("place", "message"),
    [("/state", "the items have no member /state"), ("status", "a JSON pointer")],
)
def test_a_filter_that_leads_nowhere_is_a_mistake_with_its_line(
    tmp_path: Path, place: str, message: str
) -> None:
    file = filtered_list.write(tmp_path, place=place)
    line = next(
        number
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if "x-filter:" in text and not text.startswith("#")
    )
    with pytest.raises(SourceError) as error:
        contracts.load(file)
    assert [(p.line, message in p.what) for p in error.value.problems] == [(line, True)]
