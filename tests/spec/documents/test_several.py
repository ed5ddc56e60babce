"""A contract in several files is one document, whose elements know where they are from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = """openapi: 3.0.3
info: {title: Several, version: '1'}
paths:
  /pets/{id}:
    $ref: paths/pet.yaml
  /cats/{id}:
    $ref: '#/paths/~1pets~1{id}'
components:
  schemas:
    Name: {type: string, maxLength: 5}
"""
_PET = """parameters:
  - $ref: ../parts/all.json#/id
get:
  operationId: getPet
  responses:
    '200':
      description: A pet
      content:
        application/json:
          schema: {$ref: '../parts/all.json#/Pet'}
"""
_ALL = """{
  "id": {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
  "Pet": {
    "type": "object",
    "required": ["name"],
    "properties": {
      "name": {"$ref": "../main.yaml#/components/schemas/Name"},
      "parent": {"$ref": "#/Pet"},
      "odd": {"type": "string", "nullable": "maybe"}
    }
  }
}
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    folder = tmp_path / "contract"
    for name, text in (("main.yaml", _MAIN), ("paths/pet.yaml", _PET), ("parts/all.json", _ALL)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "main.yaml"


@pytest.mark.parametrize("components", ["", " 5", " []", " {schemas: }"])
def test_components_that_are_no_object_have_room_for_those_of_other_files(
    main: Path, components: str
) -> None:
    start = _MAIN.partition("paths:")[0]
    paths = "paths:\n  /pets: {get: {responses: {default: {$ref: 'parts/pet.yaml'}}}}\n"
    (main.parent / "parts" / "pet.yaml").write_text("{description: A pet}\n", encoding="utf-8")
    main.write_text(f"{start}{paths}components:{components}\n", encoding="utf-8")
    [operation] = load(main).operations
    assert operation.responses["default"].description == "A pet"


def test_what_is_in_another_file_is_a_component(main: Path) -> None:
    contract = load(main)
    pet, cat = contract.operations
    assert (pet.id, cat.id) == ("getPet", "GET /cats/{id}")
    assert [parameter.name for parameter in (*pet.parameters, *cat.parameters)] == ["id", "id"]
    assert pet.schema is not None
    assert pet.schema.accepts({"name": "Rex", "parent": {"name": "Kim"}})
    assert not pet.schema.accepts({"name": "Rex", "parent": {"name": "Kimberly"}})
    assert [path.name for path in contract.source.files] == ["pet.yaml", "all.json"]
    assert contract.digest != contract.base.digest


def test_a_mistake_has_the_line_of_the_file_that_it_is_in(main: Path) -> None:
    warnings = [str(warning) for warning in load(main).warnings]
    assert f"{main.parent / 'parts' / 'all.json'}:9: " in "\n".join(warnings)
    contract = load(main)
    found = contract.source.problem(("paths", "/pets/{id}", "get", "operationId"), "here")
    assert (found.file, found.line) == (str(main.parent / "paths" / "pet.yaml"), 4)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("../secret.yaml", "leads out of the folder"),
        ("link.yaml", "leads out of the folder"),
        ("/etc/hostname", "leads out of the folder"),
        ("none.yaml", "none.yaml:1: cannot be read: No such file"),
        ("parts/all.json#/None", "leads nowhere"),
        ("https://example.test/a.yaml", "leads to where a contract may not read"),
        ("file:///etc/hostname", "leads to where a contract may not read"),
        ("//example.test/a.yaml", "leads to where a contract may not read"),
    ],
)
def test_what_may_not_be_read_is_refused_with_its_line(
    main: Path, reference: str, says: str
) -> None:
    (main.parent.parent / "secret.yaml").write_text("type: string\n", encoding="utf-8")
    (main.parent / "link.yaml").symlink_to(main.parent.parent / "secret.yaml")
    text = f"{_MAIN}    Other: {{$ref: '{reference}'}}\n"
    main.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        load(main)
    message = str(caught.value)
    assert message.startswith(f"{main}:11: $ref {reference!r} ")
    assert says in message


def test_files_that_contain_each_other_without_end_are_read_once(main: Path) -> None:
    rows = "".join(
        f"A{n}: {{type: object, properties: {{next: {{$ref: 'chain.yaml#/A{n + 1}'}}}}}}\n"
        for n in range(1500)
    )
    (main.parent / "chain.yaml").write_text(f"{rows}A1500: {{type: string}}\n", encoding="utf-8")
    main.write_text(f"{_MAIN}    Chain: {{$ref: 'chain.yaml#/A0'}}\n", encoding="utf-8")
    assert len(load(main).document["components"]["schemas"]) > 1500


def test_links_within_the_folder_lead_to_files_and_folders_of_the_contract(main: Path) -> None:
    (main.parent / "pet.yaml").symlink_to(main.parent / "parts" / "all.json")
    (main.parent / "linked").symlink_to(main.parent / "paths", target_is_directory=True)
    text = _MAIN.replace("paths/pet.yaml", "linked/pet.yaml")
    main.write_text(f"{text}    Other: {{$ref: 'pet.yaml#/Pet/properties/odd'}}\n")

    contract = load(main)

    assert [each.id for each in contract.operations] == ["getPet", "GET /cats/{id}"]
    names = [str(path.relative_to(main.parent)) for path in contract.source.files]
    assert sorted(names) == ["linked/pet.yaml", "parts/all.json", "pet.yaml"]
