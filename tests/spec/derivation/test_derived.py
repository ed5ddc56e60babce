"""Requirements that are derived from what a contract declares."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec import contract as contracts
from tests.helpers import family

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
security: [{key: []}]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}
        - {name: day, in: query, required: true, schema: {type: string}}
        - {name: sort, in: query, schema: {type: string, enum: [day, price]}}
        - {name: open, in: query, schema: {type: boolean}}
      responses:
        '200': {description: Orders, content: {application/json: {schema: {type: array}}}}
  /orders.csv:
    get:
      operationId: exportOrders
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9000}}
      responses:
        '200': {description: Orders, content: {text/csv: {schema: {type: string}}}}
  /orders/{id}:
    delete:
      operationId: deleteOrder
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        '204': {description: Deleted}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
"""

REGISTER = """
sections: [{id: S, title: Ours, document: our wiki}]
requirements:
  - {id: LIMIT, level: MUST, title: large limits are rejected, section: S, document: wiki,
     statement: They are., how: They are sent., aspects: [parameter.aboveMaximum]}
  - {id: REST, level: MUST, title: the rest is as described, section: S, document: wiki,
     statement: It is., how: It is read., checked_by: schema, aspects: [contract.untied]}
"""


def _load(folder: Path, text: str = SHOP, register: str = "") -> Contract:
    path = folder / "shop.yaml"
    path.write_text(text.lstrip())
    if register:
        (folder / "requirements.yaml").write_text(register)
    return contracts.load(path)


def test_titles_have_the_names_and_numbers_of_the_contract(tmp_path: Path) -> None:
    titles = {each.id: each.title for each in _load(tmp_path).register}

    assert titles["parameter.limit.aboveMaximum"] == "`limit` above 50 is rejected"
    assert titles["parameter.limit.aboveMaximum-2"] == "`limit` above 9000 is rejected"
    assert titles["parameter.day.missing"] == "a request without `day` is rejected"
    assert titles["parameter.sort.outside"] == "a `sort` other than `day` or `price` is rejected"
    assert titles["parameter.open.malformed"] == "a `open` that is no boolean is rejected"
    assert titles["security.key.missing"] == "a request without credentials in `X-Key` is rejected"
    assert titles["operation.deleteOrder.accepted"] == (
        "`DELETE /orders/{id}` accepts a valid request"
    )


def test_equal_titles_are_one_requirement(tmp_path: Path) -> None:
    contract = _load(tmp_path)
    below = [each.id for each in contract.register if each.title == "`limit` below 1 is rejected"]

    assert below == ["parameter.limit.belowMinimum"]
    for id_ in ("listOrders", "exportOrders"):
        tied = contract.operation(id_).parameter("limit").requirements
        assert tied["belowMinimum"] == "parameter.limit.belowMinimum"


def test_a_requirement_knows_the_line_of_its_declaration(tmp_path: Path) -> None:
    contract = _load(tmp_path)
    requirement = contract.register["parameter.day.missing"]

    line = next(n for n, text in enumerate(SHOP.lstrip().splitlines(), 1) if "name: day" in text)
    assert contract.defined_at(requirement) == (str(contract.path), line)
    assert requirement.document == f"shop.yaml, line {line}"


def test_nothing_is_derived_from_what_is_not_declared(tmp_path: Path) -> None:
    ids = set(_load(tmp_path).register.requirements)

    assert "operation.text-csv.contentType" in ids
    assert not any(id_.startswith(("pagination.", "header.")) for id_ in ids)
    assert "error.complete" not in ids
    assert "parameter.id.hostile" not in ids


@pytest.mark.parametrize("line", ["", "      x-requirement: {accepted: ENV-01}\n"])
def test_a_contract_with_a_link_keeps_the_built_in_register(tmp_path: Path, line: str) -> None:
    place = "      operationId: listOrders\n"
    contract = _load(tmp_path, SHOP.replace(place, place + line))

    assert contract.register.is_derived is not bool(line)
    assert ("ENV-01" in contract.register) is bool(line)


def test_what_an_own_register_links_nowhere_is_linked_to_all_that_fits(tmp_path: Path) -> None:
    contract = _load(tmp_path, register=REGISTER)

    assert list(contract.register.requirements) == ["LIMIT", "REST"]
    for id_ in ("listOrders", "exportOrders"):
        tied = contract.operation(id_).parameter("limit").requirements
        assert tied == {"aboveMaximum": "LIMIT"}


def test_policies_leave_requirements_that_are_derived(tmp_path: Path) -> None:
    overlay = tmp_path / "more.yaml"
    overlay.write_text(
        dedent("""
        overlay: 1.0.0
        info: {title: More, version: 1.0.0}
        actions:
          - target: $.paths['/orders'].get.parameters[0].schema
            update: {maximum: 70}
        """)
    )
    register = _load(tmp_path).under([overlay]).register

    assert register["parameter.limit.aboveMaximum"].title == "`limit` above 70 is rejected"


def test_requirements_about_a_list_with_cursors_are_about_that_operation() -> None:
    contract = contracts.load(family.PATH)
    linked = {
        operation.id: {aspect for aspect, id_ in operation.ties if id_.startswith("pagination.")}
        for operation in contract.operations
    }
    assert "pagination.ends" in linked["listActivities"]
    assert "pagination.unique" in linked["listCourses"] & linked["listActivities"]
