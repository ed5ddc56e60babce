"""Forty pairs of contracts, written from the published rules of oasdiff and of Specmatic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.comparison.changes.kinds import Effect
from ruangkerja.conformance.comparison.diff.proof import proved
from ruangkerja.spec import contract
from ruangkerja.spec.documents.writing import write
from tests.helpers.family import PATH as FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ruangkerja.conformance.comparison.changes.change import Change
    from ruangkerja.spec.contract import Contract

DATA = Path(__file__).parents[3] / "data"
_NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 1}},
}
_PET = {
    "description": "A pet.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Named"}}},
}


def pairs(name: str) -> list[dict[str, Any]]:
    text = (DATA / "changes" / f"{name}.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


BREAKING, SAFE = pairs("breaking"), pairs("safe")


def path_of(pair: dict[str, Any]) -> str:
    return f"/{pair['name'].replace(' ', '-')}"


def described(folder: Path, side: str, some: Iterable[dict[str, Any]]) -> Contract:
    value = {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {path_of(pair): pair[side] for pair in some if pair[side]},
        "components": {"schemas": {"Named": _NAMED}, "responses": {"Pet": _PET}},
    }
    path = folder / f"{side}.json"
    write(path, json.dumps(value, indent=1))
    return contract.load(path)


@pytest.fixture(scope="module")
def of_all(tmp_path_factory: pytest.TempPathFactory) -> list[Change]:
    """Return the changes of all pairs, each of which is a path of one pair of contracts."""
    folder = tmp_path_factory.mktemp("pairs")
    return proved(*(described(folder, side, [*BREAKING, *SAFE]) for side in ("old", "new")))


def breaking(changes: Iterable[Change], pair: dict[str, Any]) -> list[Change]:
    mine = (c for c in changes if c.where.operation.endswith(path_of(pair)))
    return [change for change in mine if change.effect is Effect.BREAKING]


def test_there_are_twenty_pairs_of_each() -> None:
    assert (len(BREAKING), len(SAFE)) == (20, 20)


@pytest.mark.parametrize("pair", BREAKING, ids=path_of)
def test_what_breaks_clients_is_breaking_with_a_witness_that_both_stubs_confirm(
    of_all: list[Change], pair: dict[str, Any]
) -> None:
    found = breaking(of_all, pair)

    assert found
    assert all(change.witness and change.witness.confirmed for change in found)


@pytest.mark.parametrize("pair", SAFE, ids=path_of)
def test_what_breaks_no_client_is_not_breaking(of_all: list[Change], pair: dict[str, Any]) -> None:
    assert breaking(of_all, pair) == []
    assert any(c.where.operation.endswith(path_of(pair)) for c in of_all)


@pytest.mark.long
@pytest.mark.parametrize("pair", [*BREAKING, *SAFE], ids=path_of)
def test_each_pair_alone_is_judged_as_with_the_others(tmp_path: Path, pair: dict[str, Any]) -> None:
    changes = proved(*(described(tmp_path, side, [pair]) for side in ("old", "new")))

    assert bool(breaking(changes, pair)) is (pair in BREAKING)
    assert all(c.witness and c.witness.confirmed for c in breaking(changes, pair))


def test_a_new_branch_of_one_of_several_can_refuse_what_fitted_the_old_one(tmp_path: Path) -> None:
    def posted(*names: str) -> dict[str, Any]:
        schema = {"oneOf": [{"type": "object", "required": [name]} for name in names]}
        content = {"application/json": {"schema": schema}}
        responses = {"204": {"description": "Done."}}
        return {"post": {"requestBody": {"content": content}, "responses": responses}}

    pair = {"name": "branches", "old": posted("name"), "new": posted("name", "chip")}
    changes = proved(*(described(tmp_path, side, [pair]) for side in ("old", "new")))

    (change,) = breaking(changes, pair)
    assert change.kind == "branch.added"
    assert change.witness is not None
    assert json.loads(change.witness.request.body).keys() == {"name", "chip"}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ({"type": "string"}, {"oneOf": [{"type": "string"}, {"type": "string"}]}, "branch.added"),
        (
            {"oneOf": [{"maximum": 3}, {"minimum": 5}], "type": "integer"},
            {"oneOf": [{"maximum": 6}, {"minimum": 5}], "type": "integer"},
            "maximum.raised",
        ),
    ],
)
def test_what_makes_two_branches_valid_refuses_a_value(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], kind: str
) -> None:
    pair: dict[str, Any] = {"name": "overlap"}
    for side, schema in (("old", old), ("new", new)):
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        pair[side] = {"post": {"requestBody": body, "responses": {"204": {"description": "Done."}}}}
    changes = proved(*(described(tmp_path, side, [pair]) for side in ("old", "new")))

    assert [change.kind for change in breaking(changes, pair)] == [kind]


def of_a_parameter(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return the breaking changes between two forms of a query parameter."""
    pair: dict[str, Any] = {"name": "kinds"}
    for side, parameter in (("old", old), ("new", new)):
        responses = {"200": {"$ref": "#/components/responses/Pet"}}
        stated = [{"name": "kind", "in": "query", **parameter}]
        pair[side] = {"get": {"parameters": stated, "responses": responses}}
    return breaking(proved(*(described(folder, side, [pair]) for side in ("old", "new"))), pair)


def test_an_array_that_is_written_in_another_way_has_several_elements_in_its_witness(
    tmp_path: Path,
) -> None:
    kinds = {"schema": {"type": "array", "items": {"type": "string"}}}

    (change,) = of_a_parameter(tmp_path, kinds, {**kinds, "explode": False})

    assert change.kind == "parameter.style.changed"
    assert change.witness is not None
    assert change.witness.request.target.count(b"kind=") > 1


def test_an_array_in_place_of_a_value_has_this_as_its_element(tmp_path: Path) -> None:
    value = {"schema": {"type": "string", "minLength": 1}}
    listed = {"schema": {"type": "array", "items": value["schema"]}}
    numbers = {"schema": {"type": "array", "items": {"type": "integer"}}}
    either = {"schema": {"anyOf": [listed["schema"], value["schema"]]}}

    assert of_a_parameter(tmp_path, value, listed) == []
    (change,) = of_a_parameter(tmp_path, value, numbers)
    assert change.kind == "parameter.listed"
    assert of_a_parameter(tmp_path, value, either) == []
    assert of_a_parameter(tmp_path, listed, either) == []


def test_a_path_parameter_with_another_name_has_a_witness(tmp_path: Path) -> None:
    def at(side: str, name: str, schema: Any) -> Contract:
        stated = [{"name": name, "in": "path", "required": True, "schema": schema}]
        responses = {"200": {"$ref": "#/components/responses/Pet"}}
        pair = {
            "name": f"{{{name}}}",
            side: {"get": {"parameters": stated, "responses": responses}},
        }
        return described(tmp_path, side, [pair])

    change, *_ = proved(at("old", "id", {"type": "string"}), at("new", "key", {"type": "integer"}))

    assert change.kind == "type.typeRemoved"
    assert change.witness is not None
    assert change.witness.confirmed


@pytest.mark.parametrize(("name", "kinds"), [("date", ["format.added"]), ("password", [])])
def test_a_new_format_breaks_if_it_refuses_a_text(
    tmp_path: Path, name: str, kinds: list[str]
) -> None:
    text = {"type": "string"}

    found = of_a_parameter(tmp_path, {"schema": text}, {"schema": {**text, "format": name}})

    assert [change.kind for change in found] == kinds


def test_what_only_the_new_contract_takes_is_no_witness_of_what_breaks(tmp_path: Path) -> None:
    old = {"schema": {"type": "string", "pattern": "^cat$", "minLength": 1}}
    new = {"schema": {"type": "string", "minLength": 2}}

    (change,) = of_a_parameter(tmp_path, old, new)

    assert change.kind == "minLength.raised"
    assert change.witness is None


BOOLEAN = {"type": "boolean"}
TEXTS = {"type": "string", "enum": ["true", "false"]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"anyOf": [BOOLEAN, TEXTS]}, BOOLEAN),
        (TEXTS, {**TEXTS, "maxLength": 5}),
        (
            {"type": "integer", "enum": [1, 2]},
            {"type": "string", "enum": ["1", "2"], "pattern": "."},
        ),
        ({"type": "string", "enum": ["1"]}, {"type": "integer", "enum": [1, 2], "maximum": 1}),
    ],
)
def test_parameters_with_the_same_texts_are_the_same(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any]
) -> None:
    for was, now in ((old, new), (new, old)):
        assert of_a_parameter(tmp_path, {"schema": was}, {"schema": now}) == []


def test_another_default_of_a_page_has_a_witness(tmp_path: Path) -> None:
    text = FAMILY.read_text(encoding="utf-8")
    write(
        tmp_path / "new.yaml", text.replace("maximum: 50, default: 20", "maximum: 50, default: 10")
    )

    change, *others = proved(contract.load(FAMILY), contract.load(tmp_path / "new.yaml"))

    assert (change.kind, others) == ("default.changed", [])
    assert change.witness is not None
    assert b"limit=" not in change.witness.request.target
    assert change.witness.confirmed


def test_a_shared_schema_has_a_witness_in_any_operation_that_has_it(tmp_path: Path) -> None:
    def read_with(*parameters: dict[str, Any]) -> dict[str, Any]:
        responses = {"200": {"$ref": "#/components/responses/Pet"}}
        return {"get": {"parameters": list(parameters), "responses": responses}}

    def at(side: str, pattern: str) -> Contract:
        own = described(tmp_path, side, [{"name": "first", side: first}, {"name": "it", side: it}])
        value = json.loads(own.path.read_text(encoding="utf-8"))
        value["components"]["schemas"]["Named"]["properties"]["name"]["pattern"] = pattern
        write(own.path, json.dumps(value))
        return contract.load(own.path)

    # No text fits, so no request can be sent.
    nothing = {"type": "string", "pattern": "^a$", "minLength": 2}
    first = read_with({"name": "id", "in": "query", "required": True, "schema": nothing})
    it = read_with()

    (change,) = proved(at("old", "^[a-m]+$"), at("new", "^[a-z]+$"))

    assert (change.kind, change.effect) == ("pattern.changed", Effect.BREAKING)
    assert change.witness is not None
    assert change.witness.request.target == b"/it"
