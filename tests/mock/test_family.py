"""The second contract is served: a kind of endpoint after the other, from YAML alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec import contract as contracts
from tests.helpers import family

if TYPE_CHECKING:
    from .conftest import Caller, MakeCaller


@pytest.fixture(scope="module")
def call(caller: MakeCaller) -> Caller:
    return caller(contracts.load(family.PATH))


def test_page_and_size_have_defaults(call: Caller) -> None:
    body = call("/v1/courses", token=family.TOKEN).json
    assert len(body["courses"]) == 20
    assert body["meta"]["page"] == 1


def test_learners_are_filtered_by_status(call: Caller) -> None:
    body = call("/v1/courses/C-1001/learners?status=active&limit=5", token=family.TOKEN).json
    assert {learner["status"] for learner in body["learners"]} == {"active"}


def test_a_report_is_a_table(call: Caller) -> None:
    answer = call("/v1/courses/C-1001/report", token=family.TOKEN)
    assert answer.status == 200
    assert answer.body.startswith(b"learnerId,name,score\n")


def test_an_error_has_the_form_of_the_contract(call: Caller) -> None:
    refused = call("/v1/courses?limit=51", token=family.TOKEN)
    assert refused.status == 400
    assert refused.json["message"] == "invalid: limit is not valid"


def test_the_page_about_endpoints_quotes_the_contract() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "add-an-endpoint.md"
    text = page.read_text(encoding="utf-8")
    lines = {line.strip() for line in family.PATH.read_text(encoding="utf-8").splitlines()}
    quoted = "".join(re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    assert quoted
    assert [line for line in quoted.splitlines() if line.strip() not in lines] == []
