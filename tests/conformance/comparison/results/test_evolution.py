"""Whether a server serves a client that was tested with an earlier contract."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from ruangkerja.conformance.comparison.changes.compare import changes
from ruangkerja.conformance.comparison.results.deployment import Answer, Decision, decide
from ruangkerja.conformance.comparison.results.evolution import Known
from ruangkerja.conformance.comparison.results.reports import Report
from ruangkerja.conformance.comparison.results.usage import Usage
from ruangkerja.spec.contract import load
from tests.conformance.comparison.results.test_deployment import report, usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

ITEM = {"name": {"type": "string"}, "note": {"type": "string"}}
CONTRACT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Items", "version": "1"},
    "paths": {
        path: {
            "get": {
                "operationId": path[1:],
                "parameters": [
                    {"name": name, "in": "query", "schema": {"type": "integer", "maximum": 9}}
                    for name in ("page", "size")
                ],
                "responses": {
                    "200": {
                        "description": "Items.",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["name", "note"],
                                        "properties": copy.deepcopy(ITEM),
                                    },
                                }
                            }
                        },
                    }
                },
            }
        }
        for path in ("/list", "/other")
    },
}
MEMBERS = [
    {"operation": "list", "place": "/*/name", "needed": True},
    {"operation": "list", "place": "/*/note", "needed": False},
]
ALWAYS = {"operation": "list", "place": "/*/name", "value": "is there", "counted": True, "count": 7}


def item(document: Any, path: str = "/list") -> Any:
    response = document["paths"][path]["get"]["responses"]["200"]
    return response["content"]["application/json"]["schema"]["items"]


def parameters(document: Any) -> Any:
    return document["paths"]["/list"]["get"]["parameters"]


def without(name: str, path: str = "/list") -> Callable[[Any], None]:
    def change(document: Any) -> None:
        item(document, path)["required"].remove(name)
        del item(document, path)["properties"][name]

    return change


CHANGES: dict[str, tuple[Callable[[Any], None], Answer]] = {
    "a text": (lambda d: d["info"].update(description="More."), Answer.YES),
    "a member that it needs is gone": (without("name"), Answer.NO),
    "a member that it does not need is gone": (without("note"), Answer.YES),
    "a member of another operation is gone": (without("name", "/other"), Answer.YES),
    "a member that it needs may be missing": (
        lambda d: item(d)["required"].remove("name"),
        Answer.NOT_JUDGED,
    ),
    "a member that it does not need may be missing": (
        lambda d: item(d)["required"].remove("note"),
        Answer.YES,
    ),
    "a parameter that it sends is narrower": (
        lambda d: parameters(d)[0]["schema"].update(maximum=5),
        Answer.NO,
    ),
    "a parameter that it does not send is narrower": (
        lambda d: parameters(d)[1]["schema"].update(maximum=5),
        Answer.YES,
    ),
    "a parameter that it does not send is required": (
        lambda d: parameters(d)[1].update(required=True),
        Answer.NO,
    ),
    "a parameter that it sends is gone": (lambda d: parameters(d).pop(0), Answer.NO),
    "a parameter that it does not send is gone": (lambda d: parameters(d).pop(1), Answer.YES),
    "a parameter that it does not send has a default": (
        lambda d: parameters(d)[1]["schema"].update(default=5),
        Answer.NOT_JUDGED,
    ),
    "its operation is gone": (lambda d: d["paths"].pop("/list"), Answer.NO),
}


def write(folder: Path, name: str, document: Any) -> Contract:
    path = folder / name
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return write(tmp_path_factory.mktemp("old"), "old.yaml", CONTRACT)


def decision(old: Contract, new: Contract, **changed: Any) -> Decision:
    title = {"title": "t", "version": "1"}
    client = usage(freedoms=[], members=MEMBERS, contract={**title, "sha256": old.digest})
    server = report(contract={"sha256": new.digest}, **changed)
    found = decide(
        msgspec.convert(server, Report),
        [msgspec.convert(client, Usage)],
        lambda *_: changes(old, new),
    )
    return found.decisions[0]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_counts_if_the_client_uses_what_changed(
    name: str, old: Contract, tmp_path: Path
) -> None:
    change, answer = CHANGES[name]
    document = copy.deepcopy(CONTRACT)
    change(document)
    found = decision(old, write(tmp_path, "new.yaml", document))
    assert found.answer is answer, found
    if answer is Answer.NO:
        assert "the contract changed: " in found.against[0]


def test_a_member_that_may_be_missing_now_and_always_was_there_is_a_note(
    old: Contract, tmp_path: Path
) -> None:
    document = copy.deepcopy(CONTRACT)
    item(document)["required"].remove("name")
    new = write(tmp_path, "new.yaml", document)
    coverage = {"percent": 100, "points": [ALWAYS]}
    found = decision(old, new, coverage=coverage)
    assert found.answer is Answer.YES
    assert "it was there in 7 of 7 places" in found.notes[-1]
    left_out = {**ALWAYS, "value": "is left out", "count": 1}
    coverage = {"percent": 100, "points": [ALWAYS, left_out]}
    assert decision(old, new, coverage=coverage).answer is Answer.NO


def test_a_contract_that_is_not_at_hand_leaves_everything_open(old: Contract) -> None:
    known = Known([old])
    assert known(old.digest, old.digest) == ()
    assert known("b" * 64, "b" * 64) == ()
    assert known(old.digest, "b" * 64) is None
