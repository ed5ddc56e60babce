"""Members: the fields of the rows of a list, at any depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.spec import contract as contracts
from ruangkerja.spec.schemas.members import members_of_rows
from tests.helpers import family

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract


def stable(contract: Contract) -> list[str]:
    members = members_of_rows(contract.operations[0], contract.schemas)
    return ["/".join(member.place) for member in members if member.is_stable]


def test_the_fields_of_a_row_are_found_at_any_depth(contract: Contract) -> None:
    members = members_of_rows(contract.operations[0], contract.schemas)
    places = ["/".join(member.place) for member in members]
    assert places[:3] == ["user/serial", "user/name", "user/employeeID"]
    assert places[-1] == "status"
    assert stable(contract) == ["user/name", "user/employeeID"]


def test_a_mark_beside_a_reference_is_about_all_fields_below(tmp_path: Path) -> None:
    text = contracts.DEFAULT.read_text(encoding="utf-8").replace("          x-stable: true\n", "")
    user = "        user:\n          $ref: '#/components/schemas/User'\n"
    assert user in text
    path = tmp_path / "openapi.yaml"
    path.write_text(text.replace(user, f"{user}          x-stable: true\n"), encoding="utf-8")
    assert stable(contracts.load(path)) == ["user/serial", "user/name", "user/employeeID"]


def test_a_schema_within_itself_is_entered_once(tmp_path: Path) -> None:
    text = contracts.DEFAULT.read_text(encoding="utf-8")
    mark = "        status:\n          $ref: '#/components/schemas/UserStatus'\n"
    assert mark in text
    inner = "        mentor:\n          $ref: '#/components/schemas/OnlineCourseUser'\n"
    path = tmp_path / "openapi.yaml"
    path.write_text(text.replace(mark, f"{mark}{inner}"), encoding="utf-8")
    contract = contracts.load(path)
    assert stable(contract) == ["user/name", "user/employeeID"]


def test_rows_of_a_list_with_cursors_have_members() -> None:
    contract = contracts.load(family.PATH)
    members = members_of_rows(contract.operation("listActivities"), contract.schemas)
    assert ("kind",) in [member.place for member in members]
