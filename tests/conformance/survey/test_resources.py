"""What a server forgets about items, or shows otherwise than in their list, is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.config.run_config import RunConfig
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.mutation.in_process import InProcess
from ruangkerja.conformance.survey.plan import describe
from ruangkerja.conformance.survey.survey import Survey
from ruangkerja.conformance.verdicts.deciding import judge_all
from ruangkerja.conformance.verdicts.verdict import Outcome, Verdict
from ruangkerja.mock.faults import GENERAL, Faulty, including
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec import contract as contracts
from tests.helpers import family

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ruangkerja.conformance.evidence.evidence import Evidence
    from ruangkerja.mock.application import Application
    from ruangkerja.mock.faults import Fault
    from ruangkerja.spec.contract import Contract

    Change = Callable[[Any], Any]

ABOUT = {f"resource.{name}" for name in ("shown", "created", "changed", "deleted")}
TOKEN = "access_token"  # noqa: S105 - the example of the contract
FAULTS = [name for name, fault in GENERAL.items() if fault.requirement in ABOUT]
ACTIONS = {"course.shown", "learner.created", "course.changed", "learner.deleted"}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return contracts.load(family.PATH)


@pytest.fixture(scope="module")
def served(contract: Contract) -> Application:
    return watched(contract, Settings())


class Backend:
    """The stub with changes in its bodies."""

    def __init__(self, app: Any, change: Change) -> None:
        self.app, self.change = app, change

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        held: list[Any] = []

        async def keep(message: Any) -> None:
            held.append(message)

        await self.app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in held[1:])
        if held[0]["status"] == 200:
            body = json.dumps(self.change(json.loads(body))).encode()
        headers = [h for h in held[0]["headers"] if h[0] != b"content-length"]
        headers.append((b"content-length", b"%d" % len(body)))
        await send({**held[0], "headers": headers})
        await send({**held[1], "body": body})


def follow(
    contract: Contract,
    app: Application,
    change: Change | None = None,
    fault: Fault | None = None,
) -> tuple[dict[str, Verdict], Evidence]:
    """Send the requests about items alone; return the verdicts on them, by condition."""
    app.control.stored.clear()
    server = Backend(app, change) if change else Faulty(app, contract, fault, TOKEN)
    inside = InProcess(Faulty(server, contract, None, TOKEN), contract)
    config = RunConfig(contract, TOKEN, mine=True)
    with inside.client(max_requests=200) as client:
        survey = Survey(config, client)
        survey.follow([c for c in config.callers(client.target) if c.operation.listing])
    inside.close()
    verdicts = judge_all(survey.evidence)
    about = [v for v in verdicts if v.requirement.id.startswith("resource.")]
    return {v.requirement.id.partition(".")[2]: v for v in about}, survey.evidence


def test_the_stub_keeps_what_it_is_told(contract: Contract, served: Application) -> None:
    verdicts, evidence = follow(contract, served)
    assert {name: v.outcome for name, v in verdicts.items()} == dict.fromkeys(
        ACTIONS, Outcome.PASSED
    )
    assert all(verdict.judged for verdict in verdicts.values())
    stored = [each for each in served.control.stored if each["operation"] == "listLearners"]
    assert all(not each["stored"] for each in stored)  # what was created was deleted again
    assert len(evidence.exchanges) < 40


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_by_what_it_breaks(
    contract: Contract, served: Application, name: str
) -> None:
    fault = including((), contract)[name]
    verdicts, _ = follow(contract, served, fault=fault)
    red = {v.requirement.id for v in verdicts.values() if v.outcome is Outcome.FAILED}
    assert fault.requirement in red
    assert red <= set(fault.requirements)


def test_a_finding_names_the_item_and_the_request_that_was_forgotten(
    contract: Contract, served: Application
) -> None:
    fault = GENERAL["deleted-item-still-there"]
    verdicts, _ = follow(contract, served, fault=fault)
    message = verdicts["learner.deleted"].findings[0].message
    assert 'no learner "L-' in message
    assert "which DELETE /courses/{courseId}/learners/{learnerId} (request " in message


def test_an_item_that_is_shown_otherwise_than_listed_is_found(
    contract: Contract, served: Application
) -> None:
    def change(value: Any) -> Any:
        return {**value, "seats": value["seats"] + 1} if "seats" in value else value

    verdicts, _ = follow(contract, served, change=change)
    assert verdicts["course.shown"].outcome is Outcome.FAILED
    finding = verdicts["course.shown"].findings[0]
    assert finding.field == "/seats"
    assert "as in its list" in finding.expected


def test_a_text_in_another_form_is_no_finding(contract: Contract, served: Application) -> None:
    def change(value: Any) -> Any:
        return {**value, "title": f" {value['title'].upper()} "} if "title" in value else value

    verdicts, _ = follow(contract, served, change=change)
    assert {v.outcome for v in verdicts.values()} == {Outcome.PASSED}


def test_a_member_that_changes_by_itself_is_no_finding(
    contract: Contract, served: Application
) -> None:
    seen = iter(range(1, 1000))

    def change(value: Any) -> Any:
        if "courses" in value:
            number = next(seen)
            value["courses"] = [{**each, "seats": number} for each in value["courses"]]
        return value

    verdicts, _ = follow(contract, served, change=change)
    assert verdicts["course.shown"].outcome is not Outcome.FAILED


def test_items_of_a_list_with_cursors_are_followed(tmp_path: Path) -> None:
    document = yaml.safe_load(family.PATH.read_text(encoding="utf-8"))
    document["paths"]["/activities"]["get"]["x-pagination"] = {
        "cursor": "cursor",
        "size": "limit",
        "next": "/next",
        "items": "/activities",
        "key": "/activityId",
    }
    item = {"application/json": {"schema": {"$ref": "#/components/schemas/Activity"}}}
    body = {"type": "object", "properties": {"kind": {"type": "string", "enum": ["opened"]}}}
    about = {"list": "listActivities"}
    document["paths"]["/activities"]["post"] = {
        "x-resource": {**about, "action": "create"},
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"201": {"description": "It.", "content": item}},
    }
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    document["paths"]["/activities/{id}"] = {
        "parameters": [key],
        "get": {
            "x-resource": {**about, "action": "show"},
            "responses": {"200": {"description": "It.", "content": item}},
        },
        "delete": {
            "x-resource": {**about, "action": "delete"},
            "responses": {"204": {"description": "Gone."}},
        },
    }
    path = tmp_path / "family.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    contract = contracts.load(path)
    app = watched(contract, Settings())
    fault = GENERAL["deleted-item-still-there"]
    outcomes = [
        {v.requirement.id: v.outcome for v in follow(contract, app, fault=each)[0].values()}
        for each in (None, fault)
    ]
    ids = [f"resource.row.{name}" for name in ("shown", "created", "deleted")]
    assert [outcomes[0][id_] for id_ in ids] == [Outcome.PASSED] * 3
    assert outcomes[1]["resource.row.deleted"] is Outcome.FAILED


def test_without_mine_nothing_is_changed(contract: Contract, served: Application) -> None:
    served.control.stored.clear()
    inside = InProcess(Faulty(served, contract, None, TOKEN), contract)
    config = RunConfig(contract, TOKEN)
    with inside.client(max_requests=200) as client:
        survey = Survey(config, client)
        survey.follow([c for c in config.callers(client.target) if c.operation.listing])
    inside.close()
    assert {r.exchange.request.method for r in survey.evidence.records} == {"GET"}
    assert len(served.control.stored) == 0
    verdicts = {v.requirement.id: v for v in judge_all(survey.evidence)}
    assert verdicts["resource.learner.created"].outcome is Outcome.SKIPPED
    assert "--mine" in verdicts["resource.learner.created"].help


def test_an_item_is_created_in_an_empty_list_and_what_had_no_item_is_named(
    contract: Contract, tmp_path: Path
) -> None:
    nobody = {"description": "Nobody.", "when": {"courseId": "C-1001"}, "total": 0}
    (tmp_path / "nobody.yaml").write_text(json.dumps(nobody), encoding="utf-8")
    app = watched(contract, Settings(fixtures=(tmp_path,)))
    verdicts, evidence = follow(contract, app)
    assert verdicts["learner.created"].outcome is Outcome.PASSED
    assert verdicts["learner.deleted"].outcome is Outcome.PASSED
    assert "removeLearner" not in evidence.left_out

    def change(value: Any) -> Any:
        return {**value, "courses": []} if "courses" in value else value

    _, evidence = follow(contract, app, change=change)
    assert evidence.left_out["changeCourse"] == "because no item was found for it"


def test_the_plan_has_the_requests_about_items(contract: Contract) -> None:
    target = Target.parse("http://127.0.0.1:1")
    notes = [part.note for part in describe(RunConfig(contract, TOKEN, mine=True), target)]
    assert any("an item, by DELETE /courses/{courseId}/learners/{learnerId}" in n for n in notes)
    reading = describe(RunConfig(contract, TOKEN), target)
    assert not any("an item, by DELETE" in part.note for part in reading)
    assert any("an item, by GET /courses/{courseId}" in part.note for part in reading)
