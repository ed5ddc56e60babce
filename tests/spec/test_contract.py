"""The contract as objects: what is read from the file, and what is made of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.spec.contract import DEFAULT, load
from ruangkerja.spec.documents.pointers import split
from ruangkerja.spec.links import Link
from ruangkerja.spec.model.lists import Oversize, PastEnd

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from .conftest import ReadContract

USERS = "/ruangkerja/dashboard/courses/{courseSerial}/online/users"


def test_the_built_in_contract_has_the_endpoint_of_the_document(contract: Contract) -> None:
    [operation] = contract.operations
    assert (operation.method, operation.path) == ("GET", USERS)
    assert contract.operation("listOnlineCourseUsers") is operation
    assert contract.base_path == ""
    assert [p.name for p in operation.parameters] == ["courseSerial", "page", "pageSize"]
    assert [p.name for p in operation.located("query")] == ["page", "pageSize"]
    assert all(p.required for p in operation.parameters)
    with pytest.raises(KeyError):
        contract.operation("other")
    with pytest.raises(KeyError):
        operation.parameter("other")


def test_the_token_is_sent_raw_in_its_header(contract: Contract) -> None:
    [[scheme]] = contract.operations[0].security
    assert (scheme.kind, scheme.location, scheme.name) == ("apiKey", "header", "Authorization")
    assert scheme.example == "access_token"
    assert scheme.requirements["missing"] == "AUTH-02"


def test_the_headers_that_are_no_parameters_are_known(contract: Contract) -> None:
    headers = {each.name: each.value for each in contract.operations[0].required_headers}
    assert headers == {"Accept": "application/json", "Content-Type": "application/json"}


def test_paging_is_read_with_the_places_it_names(contract: Contract) -> None:
    paging = contract.operations[0].pagination
    assert paging is not None
    assert (paging.page.name, paging.size.name) == ("page", "pageSize")
    assert paging.items == ("data", "items")
    assert paging.key == ("user", "serial")
    assert (paging.oversize, paging.past_end) == (Oversize.REJECT, PastEnd.ANY)


def test_a_body_is_read_through_its_paging(contract: Contract) -> None:
    paging = contract.operations[0].pagination
    assert paging is not None
    body = {"data": {"items": [{"user": {"serial": "A"}}], "totalItems": 1.0}}
    items = paging.items_of(body)
    assert items is not None
    assert [paging.key_of(item) for item in items] == ["A"]
    assert paging.total_of(body) == 1
    nothing: list[Any] = [None, [], {}, {"data": None}]
    for broken in (*nothing, {"data": {"items": None, "totalItems": "1"}}):
        assert paging.items_of(broken) is None
        assert paging.total_of(broken) is None
    for total in (True, 1.5, float("inf"), float("nan"), None, "1"):
        assert paging.total_of({"data": {"totalItems": total}}) is None
    for key in (True, *nothing):
        assert paging.key_of({"user": {"serial": key}}) is None


def test_an_answer_is_found_by_the_most_exact_status(contract: Contract) -> None:
    [operation] = contract.operations
    found = {status: operation.response_for(status) for status in (200, 404, 418, 502, 302)}
    assert {status: response and response.status for status, response in found.items()} == {
        200: "200",
        404: "404",
        418: "4XX",
        502: "5XX",
        302: None,
    }
    assert operation.success is found[200]


def test_every_failure_of_the_contract_has_the_body_of_an_error(contract: Contract) -> None:
    assert contract.error is not None
    for status, response in contract.operations[0].responses.items():
        if not status.startswith("2"):
            assert response.json is not None, status
            assert response.json.schema is not None, status
            refused = response.json.schema.violations({})
            assert {violation.requirement for violation in refused} == {"ERR-02"}, status


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (USERS.replace("{courseSerial}", "COURSE-1"), {"courseSerial": "COURSE-1"}),
        (USERS.replace("{courseSerial}", "a%2Fb"), {"courseSerial": "a%2Fb"}),
        (USERS.replace("{courseSerial}", ""), None),
        (USERS.replace("{courseSerial}", "a/b"), None),
        (USERS.replace("{courseSerial}", "a") + "/", None),
        ("/prefix" + USERS.replace("{courseSerial}", "a"), None),
        (USERS.replace("{courseSerial}", "a") + "\n", None),
        ("/", None),
    ],
)
def test_a_path_is_matched_whole(
    path: str, found: dict[str, str] | None, contract: Contract
) -> None:
    assert contract.operations[0].match(path) == found


def test_parameters_of_a_path_are_named_in_any_order(
    small: str, read_contract: ReadContract
) -> None:
    other = "- {name: kind, in: path, required: true, schema: {type: string}}\n        - {name: id"
    text = small.replace("/things/{id}", "/{id}.{kind}/(x)").replace("- {name: id", other)
    [operation] = read_contract(text).operations
    assert operation.match("/a.b/(x)") == {"id": "a", "kind": "b"}
    assert operation.match("/a-b/(x)") is None


def test_parameters_of_a_path_hold_for_each_operation_that_does_not_say_otherwise(
    small: str, read_contract: ReadContract
) -> None:
    shared = """\
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: q, in: query, schema: {type: integer}}
    get:
"""
    [operation] = read_contract(small.replace("    get:\n", shared)).operations
    kinds = {parameter.name: parameter.schema["type"] for parameter in operation.parameters}
    assert kinds == {"id": "string", "q": "integer"}


@pytest.mark.parametrize(
    ("servers", "base_path"),
    [
        ("servers: [{url: 'https://example.test/v1/'}]", "/v1"),
        ("servers: [{url: 'https://example.test'}]", ""),
        ("servers: [{url: /v2}]", "/v2"),
        ("servers: []", ""),
        ("x-none: 1", ""),
        (
            "servers: [{url: 'https://{h}/{v}', variables: {h: {default: a}, v: {default: v3}}}]",
            "/v3",
        ),
    ],
)
def test_the_path_of_the_first_server_stands_before_all_others(
    servers: str, base_path: str, small: str, read_contract: ReadContract
) -> None:
    text = small.replace("servers: [{url: 'https://example.test/v1/'}]", servers)
    assert read_contract(text).base_path == base_path


def test_an_operation_without_an_id_is_called_by_its_method_and_path(
    small: str, read_contract: ReadContract
) -> None:
    [operation] = read_contract(small.replace("      operationId: getThing\n", "")).operations
    assert operation.id == "GET /things/{id}"


@pytest.mark.parametrize(
    ("security", "names"),
    [
        ("", [["A"]]),
        ("      security: []\n", []),
        ("      security: [{}, {B: []}]\n", [[], ["B"]]),
        ("      security: [{A: [], B: []}]\n", [["A", "B"]]),
    ],
)
def test_an_operation_may_have_other_security_than_the_rest(
    security: str, names: list[list[str]], small: str, read_contract: ReadContract
) -> None:
    text = small.replace("      responses:", f"{security}      responses:") + (
        "security: [{A: []}]\n"
        "components:\n"
        "  securitySchemes:\n"
        "    A: {type: apiKey, in: query, name: key}\n"
        "    B: {type: http, scheme: Bearer}\n"
    )
    [operation] = read_contract(text).operations
    assert [[scheme.id for scheme in each] for each in operation.security] == names
    assert all(s.scheme == "bearer" for each in operation.security for s in each if s.id == "B")


def test_a_body_that_is_sent_is_read_as_well(small: str, read_contract: ReadContract) -> None:
    body = """\
      requestBody:
        required: true
        content:
          Application/JSON:
            schema: {type: object, required: [a], properties: {a: {type: integer}}}
      responses:"""
    [operation] = read_contract(small.replace("      responses:", body)).operations
    assert operation.body is not None
    assert operation.body.required
    schema = operation.body.media["application/json"].schema
    assert schema is not None
    assert schema.accepts({"a": 1})
    assert not schema.accepts({})


def test_a_contract_without_errors_or_paging_is_one(
    small: str, read_contract: ReadContract
) -> None:
    contract = read_contract(small)
    assert contract.error is None
    assert contract.operations[0].pagination is None
    assert (contract.title, contract.version) == ("Small", "2.1.0")


def test_a_code_is_found_in_the_message_it_was_written_into(contract: Contract) -> None:
    error = contract.error
    assert error is not None
    for code in error.statuses:
        message = error.write(code, "Anything {at} all\nand more")
        assert error.read(message) == code
        assert error.code_of({"message": message}) == code
    nothing: list[Any] = [None, [], {}, {"message": 5}, {"message": "no code"}]
    for body in nothing:
        assert error.code_of(body) is None


def test_every_code_has_statuses_of_failures_alone(contract: Contract) -> None:
    assert contract.error is not None
    assert len(contract.error.statuses) == 16
    assert set(contract.error.denied) <= contract.error.statuses.keys()
    for statuses in contract.error.statuses.values():
        assert statuses
        assert all(400 <= status <= 599 for status in statuses)


def test_the_digest_is_the_same_wherever_the_file_lies(contract: Contract, tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(DEFAULT.read_bytes())
    loaded = load(copy)
    assert loaded.digest == contract.digest
    assert loaded.path == copy
    assert [operation.id for operation in loaded.operations] == ["listOnlineCourseUsers"]


def test_a_property_may_be_called_example(small: str, read_contract: ReadContract) -> None:
    text = small + (
        "components:\n"
        "  schemas:\n"
        "    A:\n"
        "      type: object\n"
        "      properties:\n"
        "        example: {type: string, x-requirement: ENV-06}\n"
        "      example: {x-requirement: not one}\n"
    )
    document = read_contract(text).document
    places = [link.place for link in Link.under((), document)]
    assert places == [split("/components/schemas/A/properties/example/x-requirement")]


def test_a_response_has_the_narrowest_range_of_its_media_type(tmp_path: Path) -> None:
    content = {"*/*": {}, "image/*": {}, "image/png": {}, "text/csv; header=present": {}}
    answer = {"description": "It.", "content": content}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/it": {"get": {"responses": {"200": answer}}}},
    }
    (tmp_path / "it.json").write_text(json.dumps(document))

    response = load(tmp_path / "it.json").operations[0].responses["200"]

    for kind, name in (("image/png", "image/png"), ("image/gif", "image/*"), ("a/b", "*/*")):
        assert response.media_for(kind) is response.media[name]
    assert response.media_for("text/csv") is response.media["text/csv; header=present"]
    assert response.media_for(None) is None
