"""`x-filter`: a query parameter that selects items, added to a contract by YAML alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.lists import selections
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.problems import SourceError
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
    assert str(selections.MOST_SELECTED) in refused.json["detail"]


def test_a_parameter_of_any_name_filters(tmp_path: Path, caller: MakeCaller) -> None:
    file = filtered_list.write(tmp_path)
    text = file.read_text(encoding="utf-8").replace("- name: status\n", "- name: filter[status]\n")
    file.write_text(text, encoding="utf-8")
    call = caller(contracts.load(file))
    answer = call(USERS.format("COURSE-HUNDRED", 1, 100) + "&filter%5Bstatus%5D=completed")
    assert {item["status"] for item in answer.json["data"]["items"]} == {"completed"}


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
