"""Witnesses: for each kind of change, an exchange that one of two contracts admits only."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.comparison.witnesses.search import Witnesses
from ruangkerja.conformance.comparison.witnesses.site import Site
from ruangkerja.spec.contract import DEFAULT, load
from ruangkerja.spec.documents.problems import SourceError

if TYPE_CHECKING:
    from ruangkerja.conformance.comparison.witnesses.witness import Witness
    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.model.operation import Operation

BASE: Any = yaml.safe_load(Path(__file__).with_name("things.yaml").read_bytes())
THING = "/components/schemas/Thing"
DRAFT = "/components/schemas/Draft"
GET, POST = "/paths/~1things~1{id}/get", "/paths/~1things/post"
OK = f"{GET}/responses/200"
LAW = {"rule": "self.low <= self.high", "message": "ordered", "reads": ["/low", "/high"]}


@dataclass(frozen=True)
class Change:
    """What the new contract has otherwise: values by their places, None to remove one."""

    changes: dict[str, Any]
    part: str
    name: str = ""
    status: str = ""
    at: tuple[str, ...] = ()
    law: dict[str, Any] | None = None


def response(changes: dict[str, Any], *at: str, law: dict[str, Any] | None = None) -> Change:
    return Change(changes, "response", status="200", at=at, law=law)


RESPONSES = {
    "a value of an enum": response({f"{THING}/properties/kind/enum": ["a", "b", "z"]}, "kind"),
    "a member that may be missing": response({f"{THING}/required": ["id"]}, "name"),
    "null": response({f"{THING}/properties/name/nullable": True}, "name"),
    "a larger number": response({f"{THING}/properties/score/maximum": 12}, "score"),
    "more elements": response({f"{THING}/properties/tags/maxItems": 9}, "tags"),
    "another type": response({f"{THING}/properties/low/type": "string"}, "low"),
    "no format": response({f"{THING}/properties/when/format": None}, "when"),
    "an element": response({f"{THING}/properties/tags/items": {"type": "number"}}, "tags", "0"),
    "no law": response({}, law=LAW),
    "a weaker law": response(
        {f"{THING}/x-validations": [{**LAW, "rule": "self.low < self.high + 10"}]}, law=LAW
    ),
    "a status": Change({f"{GET}/responses/202": {"description": "Later."}}, "status", status="202"),
    "an error": Change({f"{GET}/responses/409": {"description": "No."}}, "status", status="409"),
    "a media type": Change(
        {f"{OK}/content/text~1plain": {"schema": {"type": "string"}}},
        "media",
        name="text/plain",
        status="200",
    ),
    "no header": Change({f"{OK}/headers": None}, "header", name="X-Total", status="200"),
    "an optional header": Change(
        {f"{OK}/headers/X-Total/required": False}, "header", name="X-Total", status="200"
    ),
}
REQUESTS = {
    "a smaller maximum": Change(
        {f"{GET}/parameters/1/schema/maximum": 50}, "parameter", name="query size"
    ),
    "a required parameter": Change(
        {f"{GET}/parameters/1/required": True}, "parameter", name="query size"
    ),
    "a required header": Change(
        {f"{GET}/parameters/2/required": True}, "parameter", name="header X-Kind"
    ),
    "a required cookie": Change(
        {f"{GET}/parameters/3/required": True}, "parameter", name="cookie mode"
    ),
    "a pattern in the path": Change(
        {f"{GET}/parameters/0/schema/pattern": "^a[0-9]$"}, "parameter", name="path id"
    ),
    "fewer values in a body": Change(
        {f"{DRAFT}/properties/kind/enum": ["a"]}, "body", at=("kind",)
    ),
    "a shorter text in a body": Change(
        {f"{DRAFT}/properties/name/maxLength": 5}, "body", at=("name",)
    ),
    "a required member of a body": Change(
        {f"{DRAFT}/required": ["name", "kind"]}, "body", at=("kind",)
    ),
    "a required body": Change({f"{POST}/requestBody/required": True}, "body"),
    "no form": Change(
        {f"{POST}/requestBody/content/application~1x-www-form-urlencoded": None},
        "body",
        name="application/x-www-form-urlencoded",
    ),
    "no operation": Change({POST: None}, "operation"),
    "another credential": Change({"/components/securitySchemes/key/name": "X-Other"}, "security"),
}


@pytest.mark.parametrize("change", RESPONSES.values(), ids=RESPONSES)
def test_a_response_that_only_the_new_contract_admits_is_found(
    change: Change, tmp_path: Path
) -> None:
    found, reverse = searched(change, tmp_path)
    assert found is not None
    assert (found.admits, found.refuses, found.confirmed) == ("new", "old", True)
    if change.changes.get(f"{THING}/properties/low/type") is None and "tags" not in change.at:
        assert reverse is None


@pytest.mark.parametrize("change", REQUESTS.values(), ids=REQUESTS)
def test_a_request_that_only_the_old_contract_admits_is_found(
    change: Change, tmp_path: Path
) -> None:
    found, _ = searched(change, tmp_path)
    assert found is not None
    assert (found.admits, found.refuses, found.confirmed) == ("old", "new", True)
    assert found.response.status < 400


def test_nothing_is_found_between_equal_contracts(tmp_path: Path) -> None:
    one, two = written(BASE, tmp_path / "old.yaml"), written(BASE, tmp_path / "new.yaml")
    with Witnesses(one, two) as witnesses:
        for change in (*RESPONSES.values(), *REQUESTS.values()):
            assert witnesses.find(site_of(change, one, two)) is None


def test_a_witness_has_no_token(tmp_path: Path) -> None:
    found, _ = searched(RESPONSES["null"], tmp_path)
    assert found is not None
    assert "-H 'X-Key: '\"$RUANGKERJA_TOKEN\"" in found.curl
    assert found.as_data()["because"] == "/name: expected a string, got null"


def searched(change: Change, folder: Path) -> tuple[Witness | None, Witness | None]:
    """Return the witness of a change that breaks clients, and one of the reverse."""
    old, new = contracts_of(change, folder)
    site = site_of(change, old, new)
    with Witnesses(old, new) as witnesses:
        return witnesses.find(site), witnesses.find(site, breaking=False)


def contracts_of(change: Change, folder: Path) -> tuple[Contract, Contract]:
    old, new = copy.deepcopy(BASE), copy.deepcopy(BASE)
    for document in (old, new) if change.law else ():
        put(document, f"{THING}/x-validations", [change.law])
    if change.law and not change.changes:
        put(new, f"{THING}/x-validations", None)
    for place, value in change.changes.items():
        put(new, place, value)
    return written(old, folder / "old.yaml"), written(new, folder / "new.yaml")


def site_of(change: Change, old: Contract, new: Contract) -> Site:
    id_ = "addThing" if change.part in {"body", "operation"} else "getThing"
    place = (change.name, change.status, change.at)
    return Site(named(old, id_), named(new, id_), change.part, *place)


def put(document: Any, place: str, value: Any) -> None:
    *around, last = (part.replace("~1", "/") for part in place.split("/")[1:])
    for part in around:
        document = document[int(part) if isinstance(document, list) else part]
    if value is None:
        del document[last]
    else:
        document[last] = value


def written(document: Any, path: Path) -> Contract:
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)


def named(contract: Contract, id_: str) -> Operation | None:
    return next((each for each in contract.operations if each.id == id_), None)


@pytest.mark.parametrize(
    ("name", "requirement"), [("oversize", "PARAM-07"), ("unknownList", "PATH-01")]
)
def test_a_policy_shows_in_the_behavior_of_the_stub(
    contract: Contract, name: str, requirement: str
) -> None:
    """The stub of one contract clamps a page size and has unknown lists, where others reject."""
    other = contract.under(["oversize-clamp", "unknown-course-empty"])
    old, new = (contract, other) if name == "oversize" else (other, contract)
    [one], [two] = old.operations, new.operations
    with Witnesses(old, new) as witnesses:
        found = witnesses.find(Site(one, two, "behavior", name))
    assert found is not None
    assert (found.refusal.requirement, found.confirmed) == (requirement, True)


def test_a_law_between_rows_and_the_request_is_compared(contract: Contract, tmp_path: Path) -> None:
    document = yaml.safe_load(DEFAULT.read_bytes())
    schema = document["components"]["schemas"]["OnlineCourseUserList"]
    schema["x-validations"] = schema["x-validations"][1:]
    other = written(document, tmp_path / "new.yaml")
    [one], [two] = contract.operations, other.operations
    site = Site(one, two, "response", "application/json", "200", ("data",))
    with Witnesses(contract, other) as witnesses:
        found = witnesses.find(site)
    assert found is not None
    assert (found.refusal.requirement, found.refusal.pointer) == ("PAGE-01", "/data/currentPage")


@pytest.mark.parametrize(
    "changes",
    [
        {f"{THING}/properties/kind/enum": []},
        {f"{THING}/properties/score/multipleOf": 0},
        {f"{THING}/properties/name/maxLength": 10**400},
        {f"{THING}/properties/name/pattern": "^(a+)+$"},
        {f"{THING}/properties/tags": {"type": "array", "minItems": 10**9}},
        {THING: {"$ref": "#/components/schemas/Nowhere"}},
    ],
)
def test_a_schema_that_cannot_be_used_ends_no_search(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    with suppress(SourceError):  # the contract is refused before anything is compared
        searched(response(changes), tmp_path)


def test_another_difference_is_no_witness_of_a_changed_law(tmp_path: Path) -> None:
    same = {**LAW, "rule": "self.high >= self.low"}
    changes = {f"{THING}/x-validations": [same], f"{THING}/properties/kind/enum": ["a", "z"]}
    for law, is_found in ((True, False), (False, True)):
        change = Change(changes, "response", status="200", law=LAW)
        old, new = contracts_of(change, tmp_path)
        site = replace(site_of(change, old, new), law=law)
        with Witnesses(old, new) as witnesses:
            assert (witnesses.find(site) is not None) is is_found
