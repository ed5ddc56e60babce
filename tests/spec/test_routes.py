"""The router: an operation is found by its method and path, the most exact path first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

    from .conftest import ReadContract

PARAMETER = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]"
CONTRACT = f"""\
openapi: 3.0.3
info: {{title: Things, version: '1'}}
paths:
  /things/{{id}}:
    get: {{operationId: one, {PARAMETER}, responses: {{'200': {{description: A}}}}}}
    put: {{operationId: put, {PARAMETER}, responses: {{'200': {{description: A}}}}}}
  /things/mine:
    get: {{operationId: mine, responses: {{'200': {{description: A}}}}}}
  /café#open:
    get: {{operationId: café, responses: {{'200': {{description: A}}}}}}
  /things/{{id}}/parts:
    get: {{operationId: parts, {PARAMETER}, responses: {{'200': {{description: A}}}}}}
"""


@pytest.fixture
def things(read_contract: ReadContract) -> Contract:
    return read_contract(CONTRACT)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/things/7", ("one", {"id": "7"})),
        ("GET", "/things/a%2Fb", ("one", {"id": "a%2Fb"})),
        ("GET", "/things/mine", ("mine", {})),
        ("GET", "/caf%C3%A9%23open", ("café", {})),
        ("PUT", "/things/mine", ("put", {"id": "mine"})),
        ("GET", "/things/mine/parts", ("parts", {"id": "mine"})),
        ("POST", "/things/7", None),
        ("GET", "/things/", None),
        ("GET", "/things/7/", None),
        ("GET", "/thingsmine", None),
        ("GET", "", None),
    ],
)
def test_an_operation_is_found_by_its_method_and_path(
    things: Contract, method: str, path: str, expected: tuple[str, dict[str, str]] | None
) -> None:
    found = things.routes.find(method, path)
    assert (found and (found[0].id, found[1])) == expected


def test_all_operations_at_a_path_are_found_the_most_exact_first(things: Contract) -> None:
    assert [operation.id for operation, _ in things.routes.at("/things/mine")] == [
        "mine",
        "one",
        "put",
    ]


def test_the_nearest_operation_may_have_another_method(things: Contract) -> None:
    nearest = things.routes.nearest("DELETE", "/things/7")
    assert nearest is not None
    assert nearest[0].id == "one"
    assert things.routes.nearest("DELETE", "/other") is None


def test_a_segment_that_is_written_out_in_part_comes_before_a_parameter(
    read_contract: ReadContract,
) -> None:
    more = PARAMETER.replace("}]", "}, {name: form, in: path, required: true, schema: {}}]")
    answer = "responses: {'200': {description: A}}"
    text = f"{CONTRACT}  /things/{{id}}.{{form}}:\n    get: {{operationId: as, {more}, {answer}}}\n"
    found = read_contract(text).routes.find("GET", "/things/7.csv")
    assert found is not None
    assert (found[0].id, found[1]) == ("as", {"id": "7", "form": "csv"})


def test_of_two_paths_that_differ_in_names_alone_the_first_gets_all_requests(
    read_contract: ReadContract,
) -> None:
    key = PARAMETER.replace("name: id", "name: key")
    answer = "responses: {'200': {description: A}}"
    other = f"  /things/{{key}}:\n    get: {{operationId: key, {key}, {answer}}}\n"
    contract = read_contract(CONTRACT + other)
    assert contract.routes.before(contract.operation("key")) is contract.operation("one")
    assert contract.routes.before(contract.operation("one")) is None
    assert contract.routes.before(contract.operation("mine")) is None
