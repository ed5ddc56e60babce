from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.conformance.comparison.changes.compare import changes
from ruangkerja.spec import contract
from ruangkerja.spec.documents.writing import write

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.conformance.comparison.changes.change import Change
    from ruangkerja.spec.contract import Contract

TEXT = {"type": "string"}
JSON = {"application/json": {"schema": TEXT}}
CSV = {"text/csv": {"schema": TEXT}}
OK = {"200": {"description": "It.", "content": JSON}}
PLAIN: dict[str, Any] = {"responses": OK}
ITEM = {"type": "object", "properties": {"id": TEXT, "name": TEXT, "size": {"type": "integer"}}}
PAGE = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": ITEM},
        "more": {"type": "array", "items": ITEM},
        "total": {"type": "integer"},
    },
}
SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "other": {"type": "apiKey", "in": "header", "name": "X-Other"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "token": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {"tokenUrl": "https://a.example", "scopes": {"r": "", "w": ""}}
        },
    },
}


def query(name: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema or TEXT, **more}


def asking(*parameters: Any, **more: Any) -> dict[str, Any]:
    return {**PLAIN, "parameters": list(parameters), **more}


def sending(content: Any, **more: Any) -> dict[str, Any]:
    return {**PLAIN, "requestBody": {"content": content, **more}}


def giving(*, headers: Any = None, content: Any = None, **statuses: Any) -> dict[str, Any]:
    ok = {"description": "It.", "content": content or JSON, "headers": headers or {}}
    others = {status[1:]: {"description": "It."} for status in statuses}
    return {"responses": {"200": ok, **others}}


def needing(*alternatives: Any) -> dict[str, Any]:
    return {**PLAIN, "security": list(alternatives)}


def listed(*parameters: Any, pages: Any = None, **more: Any) -> dict[str, Any]:
    integer = {"type": "integer", "minimum": 1}
    page = [query("page", integer, required=True), query("size", integer, required=True)]
    pages = {
        "page": "page",
        "size": "size",
        "totalItems": "/total",
        "items": "/items",
        "key": "/id",
        **(pages or {}),
    }
    body = {"application/json": {"schema": PAGE}}
    return {
        **giving(content=body),
        "parameters": [*page, *parameters],
        "x-pagination": pages,
        **more,
    }


def header(*, needed: bool) -> dict[str, Any]:
    return {"X-Count": {"required": needed, "schema": {"type": "integer"}}}


def paged(*, default: int, **more: Any) -> dict[str, Any]:
    return query("page", {"type": "integer", "default": default}, **more)


def sorting(*names: str) -> dict[str, Any]:
    return query(
        "sort", {"enum": list(names)}, **{"x-sort": {"members": {n: f"/{n}" for n in names}}}
    )


CASES: list[tuple[str, str, Any, Any]] = [
    ("operation.removed", "breaking", PLAIN, None),
    ("operation.added", "safe", None, PLAIN),
    ("operation.renamed", "safe", {**PLAIN, "operationId": "a"}, {**PLAIN, "operationId": "b"}),
    ("operation.deprecated", "safe", PLAIN, {**PLAIN, "deprecated": True}),
    ("operation.servers.changed", "unknown", PLAIN, {**PLAIN, "servers": [{"url": "/a"}]}),
    ("parameter.added.required", "breaking", PLAIN, asking(query("a", required=True))),
    ("parameter.added.optional", "safe", PLAIN, asking(query("a"))),
    ("parameter.removed", "breaking", asking(query("a")), PLAIN),
    ("parameter.required", "breaking", asking(query("a")), asking(query("a", required=True))),
    ("parameter.optional", "safe", asking(query("a", required=True)), asking(query("a"))),
    (
        "parameter.style.changed",
        "breaking",
        asking(query("a", {"type": "array", "items": TEXT}, explode=True)),
        asking(query("a", {"type": "array", "items": TEXT}, explode=False)),
    ),
    (
        "parameter.mayNotBeEmpty",
        "breaking",
        asking(query("a", allowEmptyValue=True)),
        asking(query("a")),
    ),
    (
        "maxLength.added",
        "breaking",
        asking(query("a")),
        asking(query("a", {**TEXT, "maxLength": 1})),
    ),
    ("body.added.required", "breaking", PLAIN, sending(JSON, required=True)),
    ("body.added.optional", "safe", PLAIN, sending(JSON)),
    ("body.removed", "breaking", sending(JSON), PLAIN),
    ("body.required", "breaking", sending(JSON), sending(JSON, required=True)),
    ("body.optional", "safe", sending(JSON, required=True), sending(JSON)),
    ("media.removed", "breaking", sending({**JSON, **CSV}), sending(JSON)),
    ("media.added", "safe", sending(JSON), sending({**JSON, **CSV})),
    ("media.removed", "breaking", giving(content={**JSON, **CSV}), giving(content=JSON)),
    ("schema.removed", "breaking", giving(), giving(content={"application/json": {}})),
    ("status.added.success", "breaking", giving(), giving(_202=1)),
    ("status.added.redirect", "unknown", giving(), giving(_302=1)),
    ("status.added.other", "safe", giving(), giving(_206=1, _304=1)),
    ("status.removed.other", "safe", giving(_304=1), giving()),
    ("status.removed.other", "safe", giving(_2XX=1), giving()),
    ("parameter.removed.ignored", "unknown", asking(query("a", **{"in": "header"})), PLAIN),
    (
        "parameter.listed",
        "unknown",
        asking(query("a")),
        asking(query("a", {"type": "array", "items": TEXT})),
    ),
    ("default.changed", "breaking", asking(paged(default=1)), asking(paged(default=2))),
    (
        "text.changed",
        "safe",
        asking(paged(default=1, required=True)),
        asking(paged(default=2, required=True)),
    ),
    ("status.added.other", "safe", giving(), giving(_404=1)),
    ("status.removed.success", "breaking", giving(_202=1), giving()),
    ("status.removed.other", "safe", giving(_404=1), giving()),
    ("header.added", "safe", giving(), giving(headers=header(needed=True))),
    ("header.removed.required", "breaking", giving(headers=header(needed=True)), giving()),
    ("header.removed.optional", "safe", giving(headers=header(needed=False)), giving()),
    (
        "header.optional",
        "breaking",
        giving(headers=header(needed=True)),
        giving(headers=header(needed=False)),
    ),
    ("security.added", "breaking", PLAIN, needing({"key": []})),
    ("security.removed", "safe", needing({"key": []}), PLAIN),
    (
        "security.alternative.removed",
        "breaking",
        needing({"key": []}, {"other": []}),
        needing({"key": []}),
    ),
    ("security.alternative.removed", "breaking", needing({"key": []}), needing({"other": []})),
    (
        "security.alternative.removed",
        "breaking",
        needing({"token": ["r"]}),
        needing({"token": ["r", "w"]}),
    ),
    (
        "security.alternative.removed",
        "breaking",
        needing({"token": ["r"]}),
        needing({"token": ["w"]}),
    ),
    ("security.alternative.changed", "unknown", needing({"token": []}), needing({"bearer": []})),
    (
        "security.alternative.added",
        "safe",
        needing({"key": []}),
        needing({"key": []}, {"other": []}),
    ),
    (
        "x-required-headers.added",
        "breaking",
        PLAIN,
        {**PLAIN, "x-required-headers": {"Accept": {"value": "application/json"}}},
    ),
    ("x-pagination.narrowed", "breaking", listed(pages={"oversize": "clamp"}), listed()),
    ("x-pagination.widened", "safe", listed(), listed(pages={"oversize": "clamp"})),
    ("x-pagination.widened", "breaking", listed(pages={"pastEnd": "empty"}), listed()),
    ("x-pagination.narrowed", "safe", listed(), listed(pages={"unknownList": "refuse"})),
    ("x-pagination.changed", "breaking", listed(), listed(pages={"key": "/name"})),
    ("x-pagination.removed", "breaking", listed(), {**listed(), "x-pagination": None}),
    (
        "x-filter.removed",
        "breaking",
        listed(query("name", **{"x-filter": "/name"})),
        listed(query("name")),
    ),
    (
        "x-search.changed",
        "breaking",
        listed(query("q", **{"x-search": ["/name", "/id"]})),
        listed(query("q", **{"x-search": ["/name"]})),
    ),
    ("x-sort.memberRemoved", "breaking", listed(sorting("id", "name")), listed(sorting("id"))),
    ("x-sort.removed", "breaking", listed(sorting("id")), listed(query("sort"))),
    ("text.changed", "safe", {**PLAIN, "summary": "a"}, {**PLAIN, "summary": "b"}),
    ("extension.changed", "unknown", {**PLAIN, "x-a": 1}, {**PLAIN, "x-a": 2}),
]


def described(folder: Path, name: str, **members: Any) -> Contract:
    value = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "components": {"securitySchemes": SCHEMES},
        **members,
    }
    path = folder / f"{name}.json"
    write(path, json.dumps(value, indent=1))
    return contract.load(path)


@pytest.fixture(scope="module")
def of_cases(tmp_path_factory: pytest.TempPathFactory) -> list[Change]:
    """Return the changes of all cases, each of which is an operation of one contract."""
    folder = tmp_path_factory.mktemp("cases")
    contracts = []
    for which, name in ((2, "old"), (3, "new")):
        paths = {}
        for number, case in enumerate(CASES):
            if case[which] is not None:
                members = {k: v for k, v in case[which].items() if v is not None}
                paths[f"/case{number}"] = {"post": members}
        contracts.append(described(folder, name, paths=paths))
    return changes(*contracts)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_change_of_an_operation_has_an_effect(of_cases: list[Change], number: int) -> None:
    kind, effect, *_ = CASES[number]
    mine = [c for c in of_cases if c.where.operation == f"POST /case{number}"]

    assert (kind, effect) in [(c.kind, c.effect) for c in mine]
    breaking = [c.kind for c in mine if c.effect == "breaking"]
    assert not breaking or effect == "breaking"


def test_bodies_and_parameters_are_components_or_not(tmp_path: Path) -> None:
    own = asking(query("a"), requestBody={"content": JSON})
    shared = {
        "components": {
            "requestBodies": {"It": {"content": JSON}},
            "parameters": {"a": query("a")},
            "responses": {"It": OK["200"]},
        }
    }
    operation = {
        "parameters": [{"$ref": "#/components/parameters/a"}],
        "requestBody": {"$ref": "#/components/requestBodies/It"},
        "responses": {"200": {"$ref": "#/components/responses/It"}},
    }
    old = described(tmp_path, "old", paths={"/a": {"post": own}})

    assert (
        changes(old, described(tmp_path, "new", paths={"/a": {"post": operation}}, **shared)) == []
    )


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    lost = {"application/json": {"schema": {"$ref": "#/components/schemas/Lost"}}}
    paths = {"/a": {"post": giving(content=lost)}}

    found = changes(
        described(tmp_path, "old", paths=paths), described(tmp_path, "new", paths=paths)
    )

    assert {(c.kind, c.effect) for c in found} & {
        ("schema.unread", "unknown"),
        ("operation.unread", "unknown"),
    }


def test_the_names_of_path_parameters_do_not_matter(tmp_path: Path) -> None:
    def at(name: str, parameter: str) -> Contract:
        own = {"name": parameter, "in": "path", "required": True, "schema": TEXT}
        return described(tmp_path, name, paths={f"/a/{{{parameter}}}": {"get": asking(own)}})

    (change,) = changes(at("old", "id"), at("new", "key"))

    assert (change.kind, change.effect) == ("parameter.renamed", "safe")
    assert change.message == "the path parameter id is now called key"


INTEGER, NUMBERS = {"type": "integer"}, {"type": "array", "items": {"type": "integer"}}
BOOLEAN_TEXTS = {**TEXT, "enum": ["true", "false"]}


@pytest.mark.parametrize(
    ("old", "new", "effects"),
    [
        ({"title": "A"}, TEXT, {"safe"}),
        ({"type": "boolean"}, {**TEXT, "pattern": "^t"}, {"breaking", "safe"}),
        ({"type": ["integer", "null"]}, INTEGER, set()),
        (NUMBERS, {**NUMBERS, "items": TEXT}, {"safe"}),
        (TEXT, INTEGER, {"breaking"}),
        ({"title": "A"}, {"title": "A", **INTEGER}, {"breaking"}),
        ({"enum": [1, 2]}, {**TEXT, "enum": ["1", "2"]}, set()),
        ({"enum": [1, 2]}, {**TEXT, "enum": ["2", "3"]}, {"breaking", "safe"}),
        ({**INTEGER, "enum": [1, 2]}, {"type": "number", "enum": [1.0, 2]}, set()),
        ({"type": "boolean"}, BOOLEAN_TEXTS, set()),
        ({"type": "boolean", "default": True}, {**BOOLEAN_TEXTS, "default": "true"}, set()),
        (BOOLEAN_TEXTS, {"type": "boolean"}, set()),
        ({"type": "boolean"}, {"type": "boolean", "enum": [True, False]}, set()),
        ({"type": "boolean"}, {**TEXT, "enum": ["true", "false", "all"]}, {"safe"}),
        ({"type": "boolean"}, {**TEXT, "enum": ["true"]}, {"breaking"}),
        ({**NUMBERS, "items": {"type": "boolean"}}, {**NUMBERS, "items": BOOLEAN_TEXTS}, set()),
        ({}, TEXT, set()),
        ({"type": ["integer", "string"]}, TEXT, set()),
        ({"anyOf": [INTEGER, TEXT]}, TEXT, set()),
    ],
)
def test_every_text_of_a_parameter_is_a_string(
    tmp_path: Path, old: Any, new: Any, effects: set[str]
) -> None:
    both = (
        described(tmp_path, name, paths={"/a": {"get": asking(query("a", schema))}})
        for name, schema in (("old", old), ("new", new))
    )

    assert {str(c.effect) for c in changes(*both)} == effects


def test_a_media_type_is_compared_with_the_range_that_has_it(tmp_path: Path) -> None:
    def at(name: str, kind: str, schema: Any) -> Contract:
        content = {kind: {"schema": schema}}
        operation = {**sending(content), **giving(content=content)}
        return described(tmp_path, name, paths={"/a": {"post": operation}})

    old = at("old", "application/json", TEXT)

    assert changes(old, at("new", "application/json; charset=utf-8", TEXT)) == []
    assert {(c.kind, str(c.effect)) for c in changes(old, at("new", "*/*", TEXT))} == {
        ("media.added", "safe")
    }
    kinds = {c.kind for c in changes(old, at("new", "application/*", INTEGER))}
    assert kinds == {"media.added", "type.changed"}


def test_every_text_in_a_form_is_a_string(tmp_path: Path) -> None:
    def at(name: str, schema: Any) -> Contract:
        form = {"schema": {"type": "object", "properties": {"a": schema}}}
        content = {"application/x-www-form-urlencoded": form}
        return described(tmp_path, name, paths={"/a": {"post": sending(content)}})

    assert [c.effect for c in changes(at("old", INTEGER), at("new", TEXT))] == ["safe"]


def test_a_number_in_a_parameter_of_json_is_no_string(tmp_path: Path) -> None:
    def at(name: str, schema: Any) -> Contract:
        content = {"application/json": {"schema": schema}}
        parameter = {"name": "a", "in": "query", "content": content}
        return described(tmp_path, name, paths={"/a": {"get": asking(parameter)}})

    (change,) = changes(at("old", INTEGER), at("new", TEXT))

    assert (change.kind, change.effect) == ("type.changed", "breaking")


def test_a_base_path_that_moves_into_the_paths_is_no_change(tmp_path: Path) -> None:
    old = described(tmp_path, "old", paths={"/a": {"get": PLAIN}}, servers=[{"url": "/v1"}])
    same = described(tmp_path, "same", paths={"/v1/a": {"get": PLAIN}})
    other = described(tmp_path, "other", paths={"/a": {"get": PLAIN}}, servers=[{"url": "/v2"}])

    assert {c.effect for c in changes(old, same)} <= {"unknown", "safe"}
    assert "server.path.changed" in {c.kind for c in changes(old, other)}


def test_a_base_path_that_another_server_still_has_is_none_that_changed(tmp_path: Path) -> None:
    paths = {"/a": {"get": PLAIN}}
    old = described(tmp_path, "old", paths=paths, servers=[{"url": "/v1"}])
    new = described(tmp_path, "new", paths=paths, servers=[{"url": "/v2"}, {"url": "/v1"}])

    assert [c.kind for c in changes(old, new)] == ["server.added"]


def test_a_response_that_a_range_describes_is_compared_with_it(tmp_path: Path) -> None:
    def at(name: str, status: str, schema: Any) -> Contract:
        content = {"application/json": {"schema": schema}}
        responses = {**OK, status: {"description": "It.", "content": content}}
        return described(tmp_path, name, paths={"/a": {"get": {"responses": responses}}})

    old = at("old", "4XX", TEXT)

    assert {c.effect for c in changes(old, at("new", "404", TEXT))} == {"safe"}
    kinds = {c.kind for c in changes(old, at("new", "404", {"type": "integer"}))}
    assert kinds == {"type.changed", "status.removed.other"}


def test_a_policy_is_a_change_with_its_line_in_the_policy(contract: Contract) -> None:
    (change,) = changes(contract, contract.under(["oversize-clamp"]))

    assert (change.kind, change.effect) == ("x-pagination.widened", "safe")
    assert change.new.file.endswith("oversize-clamp.yaml")


def test_a_contract_has_no_changes_against_itself(contract: Contract) -> None:
    assert changes(contract, contract) == []
