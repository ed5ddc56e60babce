"""`x-filter` is judged: every item of a filtered list has the requested value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja import MockServer, check, load_contract
from tests.helpers import filtered_list

if TYPE_CHECKING:
    from ruangkerja import Contract, Run

LISTS = {"courseSerial": ("COURSE-HUNDRED",)}


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return load_contract(filtered_list.write(tmp_path_factory.mktemp("filtered")))


def run(server: MockServer, filtered: Contract) -> Run:
    return check(server.url, token=filtered.example_token, contract=filtered, lists=LISTS)


def test_a_server_that_filters_conforms(filtered: Contract) -> None:
    with MockServer(filtered) as stub:
        found = run(stub, filtered)
        asked = {value for each in stub.requests for value in each.query.get("status", ())}
    assert set(filtered_list.STATUSES) <= asked
    assert found.conclusion().startswith("conforming")


def test_a_server_that_ignores_a_filter_is_told_which_item_should_not_be_there(
    filtered: Contract, contract: Contract
) -> None:
    with MockServer(contract) as stub:
        found = run(stub, filtered)
    failed = [verdict for verdict in found.verdicts if found.fails(verdict)]
    assert [verdict.requirement.id for verdict in failed] == ["SCHEMA-01"]
    message = failed[0].findings[0].message
    assert "status=" in message
    assert "/data/items/" in message
