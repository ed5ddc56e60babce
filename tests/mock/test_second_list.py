from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec import contract as contracts
from tests.helpers import two_lists

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from .conftest import MakeCaller

MEMBERS = "/ruangkerja/dashboard/teams/{}/members?offsetPage={}&limit={}"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path: Path = tmp_path_factory.mktemp("two") / "openapi.yaml"
    return contracts.load(two_lists.write(path))


def test_a_second_list_is_served_with_yaml_alone(both: Contract, caller: MakeCaller) -> None:
    call = caller(both)
    operation = both.operation("listTeamMembers")
    assert operation.success is not None
    assert operation.success.json is not None
    schema = operation.success.json.schema
    assert schema is not None
    walked: list[str] = []
    page = 1
    while True:
        received = call(MEMBERS.format("TEAM-7", page, 9))
        assert received.status == 200
        request = {"offsetPage": page, "limit": 9, "teamCode": "TEAM-7"}
        assert [str(v) for v in schema.judge(received.json, request).violations] == []
        result = received.json["result"]
        if not result["rows"]:
            break
        walked += [row["memberId"] for row in result["rows"]]
        page += 1
    assert len(set(walked)) == len(walked) == result["total"]


def test_its_error_responses_are_its_own(both: Contract, caller: MakeCaller) -> None:
    call = caller(both)
    assert call(MEMBERS.format("TEAM-7", 1, 51)).status == 400
    assert "limit" in call(MEMBERS.format("TEAM-7", 1, 51)).json["detail"]
    assert call(MEMBERS.format("TEAM-NONE", 1, 50)).status == 404
    assert call(MEMBERS.format("TEAM-7", 1, 50), token=None).status == 401


def test_the_first_list_is_what_it_was(both: Contract, caller: MakeCaller) -> None:
    assert caller(both).users().body == caller().users().body
    assert caller(both).users("COURSE-EXAMPLE1").body == caller().users("COURSE-EXAMPLE1").body
