"""Freedoms: in any contract, what they change conforms, and what would not is left as it is."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml

from ruangkerja.mock.faults import Faulty, catalogue, read_freedoms
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.problems import SourceError
from tests.helpers.two_lists import only_the_second

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from ruangkerja.spec.contract import Contract

FREEDOMS = read_freedoms()


class Free(MockServer):
    """The stub with a freedom that can be changed."""

    faulty: Faulty

    def application(self) -> ASGIApp:
        token = self.contract.example_token
        self.faulty = Faulty(super().application(), self.contract, None, token)
        return self.faulty

    def ask(self, freedom: str, path: str, **headers: str) -> tuple[int, Any]:
        """Return the status and the body of a response with a freedom."""
        self.faulty.fault = FREEDOMS[freedom]
        self.faulty.reset()
        request = urllib.request.Request(self.url + path, headers=headers)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Free]:
    with Free(only_the_second(tmp_path_factory.mktemp("second") / "openapi.yaml")) as server:
        yield server


@pytest.fixture(scope="module")
def pets(root: Path) -> Iterator[Free]:
    with Free(contracts.load(root / "tests" / "data" / "pet_store.yaml")) as server:
        yield server


_PHRASES = {"type": ["string", "array"], "items": {"type": "string"}}
SEEN = {
    "type": "object",
    "oneOf": [
        {"required": ["of", "when"], "properties": {"of": _PHRASES, "when": _PHRASES}},
        {"required": ["at", "is"], "properties": {"is": {"type": "string"}}},
        {"required": ["at", "matches"], "properties": {"matches": {"type": "string"}}},
    ],
}


def test_what_a_server_does_and_a_network_does_not_can_be_seen() -> None:
    freedoms = catalogue.read_freedoms().values()
    assert {each.name for each in freedoms if not each.seen} == {
        each.name for each in freedoms if each.weather
    }


def test_freedoms_are_written_as_faults_are() -> None:
    schema = yaml.safe_load(catalogue._SCHEMA.read_text(encoding="utf-8"))
    entry = schema["additionalProperties"]
    entry["required"] = ["does", "because"]
    sentence = entry["properties"]["does"]
    entry["properties"] |= {"because": sentence, "weather": {"const": True}, "seen": SEEN}
    del entry["properties"]["breaks"], entry["properties"]["hides"]
    value = yaml.safe_load(catalogue.FREEDOMS.read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert [str(error) for error in validator.iter_errors(value)] == []


def test_a_mistake_in_a_freedom_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "freedoms.yaml"
    file.write_text(
        "all-null:\n  does: X.\n  because: Y.\n  when: alist\n  change: {at: each x, set: 1}\n"
    )
    with pytest.raises(SourceError, match=r"freedoms.yaml:4: unknown condition 'alist'"):
        read_freedoms(file)


@pytest.mark.parametrize(
    "name",
    [
        *("more-members", "members-in-another-order", "all-that-can-be-null-is-null", "one-row"),
        *("keys-with-any-characters", "busy-once", "charset-in-the-content-type"),
    ],
)
def test_a_freedom_finds_its_places_in_any_contract(second: Free, name: str) -> None:
    [operation] = [each for each in second.contract.operations if each.pagination]
    paging = operation.pagination
    assert paging is not None
    path = operation.path
    for parameter in operation.located("path"):
        path = path.replace(f"{{{parameter.name}}}", str(parameter.example))
    query = f"{paging.page.name}={paging.first}&{paging.size.name}={paging.usual}"
    scheme = operation.schemes[0]
    word = "" if scheme.kind == "apiKey" else "Bearer "
    headers = {scheme.header: f"{word}{second.contract.example_token}"}
    status, body = second.ask(name, f"{path}?{query}", **headers)
    assert second.faulty.touched, (status, body)
    declared = operation.response_for(status)
    assert declared is not None
    assert declared.schema is not None
    values = {paging.page.name: paging.first, paging.size.name: paging.usual}
    assert declared.schema.accepts(body, values)


def test_a_freedom_that_a_contract_has_no_place_for_changes_nothing(pets: Free) -> None:
    token = {"api_key": pets.contract.example_token}
    for name in ("empty-list", "times-in-another-offset", "unknown-error-number"):
        assert pets.ask(name, "/pets/1", **token)[0] == 200
        assert not pets.faulty.touched, name
    _, body = pets.ask("more-members", "/pets/1", **token)
    assert pets.faulty.touched
    assert body["$new"] == [None]


def test_members_of_a_closed_object_are_left_as_they_are(
    contract: Contract, tmp_path: Path
) -> None:
    text = contracts.DEFAULT.read_text(encoding="utf-8")
    line = "      description: The body of every error response.\n"
    assert text.count(line) == 1
    file = tmp_path / "closed.yaml"
    file.write_text(text.replace(line, f"{line}      additionalProperties: false\n"), "utf-8")
    [operation] = contract.operations
    path = operation.path.replace("{courseSerial}", "COURSE-EXAMPLE1")
    with Free(file) as server:
        for query, changed in (("?page=1&pageSize=3", True), ("?page=0&pageSize=3", False)):
            _, body = server.ask("more-members", path + query, Authorization="access_token")
            assert ("$new" in body) is changed


ITSELF = {"$ref": "#/components/schemas/One"}


def one(folder: Path, **members: Any) -> Contract:
    """Return a contract with one operation, whose successes are objects with these members."""
    success = {"description": "X.", "content": {"application/json": {"schema": ITSELF}}}
    operation = {"operationId": "show", "responses": {"200": success}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "One", "version": "1"},
        "paths": {"/one": {"get": operation}},
        "components": {"schemas": {"One": {"type": "object", "properties": members}}},
    }
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return contracts.load(path)


def test_a_member_that_a_response_does_not_have_stays_away(tmp_path: Path) -> None:
    with Free(one(tmp_path, next=ITSELF, size={"type": "integer"})) as server:
        _, body = server.ask("members-in-another-order", "/one")
    assert server.faulty.touched
    assert [*body] == ["size", "next"]
    while body:
        body = body.pop("next", {})
        assert body is not None


def test_a_schema_that_holds_itself_several_times_has_a_bounded_number_of_places(
    tmp_path: Path,
) -> None:
    several = dict.fromkeys("abcdefgh", ITSELF)
    with Free(one(tmp_path, size={"type": "integer"}, **several)) as server:
        status, body = server.ask("integers-with-a-decimal-point", "/one")
    assert server.faulty.touched
    assert (status, isinstance(body["a"]["size"], float)) == (200, True)
