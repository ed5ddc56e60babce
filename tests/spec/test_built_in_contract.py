"""The contract as a file: what other tools and people find in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from ruangkerja.spec import register as registers
from ruangkerja.spec.checks.openapi import problems
from ruangkerja.spec.contract import DEFAULT, read
from ruangkerja.spec.documents.pointers import follow
from ruangkerja.spec.documents.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.model.media import Media

# The request that the examples respond to.
REQUEST = {"page": 1, "pageSize": 10}


def test_it_is_openapi() -> None:
    document = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_nothing_that_is_looked_for_in_a_contract_of_others_is_wrong_with_it() -> None:
    source = Source.read(DEFAULT)
    assert list(problems(source)) == []
    assert read(source, registers.load()).operations


def test_all_readers_of_yaml_read_the_same(contract: Contract) -> None:
    """A text that only some take for a number, a date or a truth would be another contract."""
    read_by_others = yaml.load(DEFAULT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    assert read_by_others == contract.document


def test_a_name_that_stood_twice_would_be_refused_with_its_line(built_in: str) -> None:
    lines = built_in.splitlines()
    at = lines.index("        postTest:")
    lines.insert(at + 1, "          type: string")
    with pytest.raises(Exception, match=f"openapi.yaml:{at + 3}: 'type' stands twice, first in"):
        Source.parse("\n".join(lines).encode(), Path("openapi.yaml"))


def medias(contract: Contract) -> Iterator[tuple[str, Media]]:
    for operation in contract.operations:
        for status, response in operation.responses.items():
            for media in response.media.values():
                yield status, media


def test_each_answer_has_an_example_that_its_schema_and_its_laws_allow(contract: Contract) -> None:
    for status, media in medias(contract):
        assert media.examples, status
        assert media.schema is not None, status
        for name, example in media.examples.items():
            violations = media.schema.judge(example, REQUEST).violations
            assert [str(violation) for violation in violations] == [], (status, name)


def test_the_example_of_a_failure_has_a_code_that_agrees_with_its_status(
    contract: Contract,
) -> None:
    assert contract.error is not None
    for status, media in medias(contract):
        for example in media.examples.values():
            if status.isdecimal() and not status.startswith("2"):
                code = contract.error.code_of(example)
                assert code is not None, status
                assert int(status) in contract.error.statuses[code], status


def test_the_examples_show_what_the_document_shows(contract: Contract) -> None:
    success = contract.operations[0].success
    assert success is not None
    assert success.json is not None
    users = success.json.examples["users"]["data"]["items"]
    assert [user["user"]["name"] for user in users] == ["John Doe", "John Smith"]
    denied = contract.operations[0].response_for(403)
    assert denied is not None
    assert denied.json is not None
    assert denied.json.examples["example"] == {
        "errorCode": 123,
        "message": "rpc error: code = PermissionDenied desc = Token is not valid",
        "detail": "rpc error: code = PermissionDenied desc = Token is not valid",
    }


def schemas(contract: Contract) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every schema of the components with its place, and every property of them."""
    for name, schema in contract.document["components"]["schemas"].items():
        place = ("components", "schemas", name)
        yield place, schema
        for member in schema.get("properties", {}):
            yield follow(contract.document, (*place, "properties", member))


def test_the_example_of_each_element_is_one_that_it_allows(contract: Contract) -> None:
    examples = 0
    for place, schema in schemas(contract):
        if "example" in schema:
            examples += 1
            assert contract.schemas.at(place).accepts(schema["example"]), place
    for parameter in contract.operations[0].parameters:
        examples += 1
        assert parameter.example is not None
        assert parameter.read([str(parameter.example)]).fault is None
    assert examples > 15


def test_each_element_has_a_description_and_each_scalar_an_example(contract: Contract) -> None:
    for place, schema in schemas(contract):
        assert len(schema.get("description", "")) > 10, place
        if schema["type"] not in {"object", "array"}:
            assert "example" in schema, place
    for operation in contract.operations:
        assert operation.summary
        assert operation.description
        for parameter in operation.parameters:
            assert len(parameter.description) > 10
        for status, response in operation.responses.items():
            assert len(response.description) > 10, status


def test_each_member_is_required_also_where_it_may_be_null(contract: Contract) -> None:
    for place, schema in schemas(contract):
        if schema["type"] == "object":
            assert sorted(schema["required"]) == sorted(schema["properties"]), place


def test_two_members_may_be_null_and_no_other(contract: Contract) -> None:
    nullable = {place[-1] for place, schema in schemas(contract) if schema.get("nullable")}
    assert nullable == {"preTest", "postTest"}


def test_statuses_that_the_decisions_name_are_all_described(contract: Contract) -> None:
    named = {"200", "400", "401", "403", "404", "405", "406", "415", "429", "500", "501", "503"}
    assert named | {"4XX", "5XX"} == contract.operations[0].responses.keys()
