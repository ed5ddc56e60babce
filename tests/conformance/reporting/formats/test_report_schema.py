"""report.json is as its schema says, which the documentation and other programs read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from ruangkerja.cli import main
from ruangkerja.conformance.evidence.coverage import Group
from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response
from ruangkerja.conformance.reporting.formats import as_json, folder
from ruangkerja.conformance.reporting.run import model
from ruangkerja.conformance.reporting.run.waivers import State
from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.conformance.verdicts.verdict import Exit, Outcome
from ruangkerja.mock.faults import find
from ruangkerja.spec.register import Level

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract


@pytest.fixture(scope="module")
def schema(root: Path) -> Any:
    path = root / "conformance" / "reporting" / "formats" / "report.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


def strict(schema: Any) -> Any:
    """The schema, but that it allows no member which it does not name."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema else {}
    return {**{name: strict(each) for name, each in schema.items()}, **closed}


@pytest.mark.parametrize(
    "fault", [None, "status-upper-case", "large-pages-are-cut-off", "post-test-negative"]
)
def test_a_report_is_as_its_schema_says_and_has_nothing_else(
    schema: Any, contract: Contract, tmp_path: Path, fault: str | None
) -> None:
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "- {requirement: ITEM-07, target: 'http://*', reason: known, expires: '2999-12-31'}\n",
        encoding="utf-8",
    )
    with FaultyServer(contract) as server:
        server.faulty.fault = find(fault) if fault else None
        command = ["check", server.url, "--token", contract.example_token, "--course", "C-1"]
        command += ["--report-dir", str(tmp_path), "--waivers", str(waivers)]
        with pytest.raises(SystemExit):
            main(command)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(strict(schema), validate_formats=True)
    assert [str(error) for error in validator.iter_errors(report)] == []


def test_a_report_without_results_is_as_the_schema_says(schema: Any, tmp_path: Path) -> None:
    folder.begin(tmp_path)
    folder.end(tmp_path, "a reason", Exit.TOOL_ERROR)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(strict(schema), validate_formats=True)
    assert [str(error) for error in validator.iter_errors(report)] == []


def test_bytes_are_text_in_a_report_where_they_are_utf_8_and_base64_elsewhere(
    schema: Any,
) -> None:
    request = Request("PUT", b"/caf\xe9", (("A", "b"),), b"\xff")
    response = Response(200, "OK", "HTTP/1.1", (("X", "1"), ("x", "2")), b'{"a": 1}', 8)
    shown = as_json.exchange(Exchange(1, request, response, None, started=1.5, duration=0.25))
    assert shown["request"] == {
        "method": "PUT",
        "target": "/café",
        "headers": [["A", "b"]],
        "body": {"base64": "/w=="},
    }
    assert shown["response"]["body"] == {"text": '{"a": 1}'}
    failure = Failure(FailureKind.TIMEOUT, "No response came.")
    failed = as_json.exchange(Exchange(2, request, None, failure, started=1.5, duration=0.25))
    assert failed["failure"] == {"kind": "timeout", "message": "No response came.", "status": None}
    validator = jsonschema_rs.Draft202012Validator(schema["properties"]["exchanges"])
    validator.validate([shown, failed])


def test_the_schema_knows_every_value_there_is(schema: Any) -> None:
    members = schema["properties"]
    rule = members["rules"]["items"]["properties"]
    assert rule["verdict"]["enum"] == [each.value for each in Outcome]
    assert rule["level"]["enum"] == [each.value for each in Level]
    assert {each.value for each in Outcome} <= members["summary"]["properties"].keys()
    waiver = members["waivers"]["items"]["properties"]
    assert waiver["state"]["enum"] == [each.value for each in State]
    point = members["coverage"]["properties"]["points"]["items"]["properties"]
    assert point["group"]["enum"] == [each.value for each in Group]


def test_the_schema_is_of_the_version_that_is_written(schema: Any) -> None:
    assert schema["properties"]["schema_version"]["const"] == model.SCHEMA_VERSION
