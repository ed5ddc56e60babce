"""What the console says of a response: what the contract finds in it, and the scenario of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.app import create_app
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import load
from tests.helpers.asking import Answer, ask

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

USERS = "/ruangkerja/dashboard/courses/{}/online/users?page={}&pageSize={}"
TOKEN = {"Authorization": "access_token"}


@pytest.fixture(scope="module")
def app(contract: Contract) -> Any:
    return create_app(contract, Settings())


def shown(target: str, answer: Answer, **changed: Any) -> dict[str, Any]:
    """An exchange as the page sends it."""
    return {
        "method": "GET",
        "target": target,
        "status": answer.status,
        "headers": list(answer.headers.items()),
        "body": answer.body.decode(),
        **changed,
    }


def asked(app: Any, name: str, sent: Any, **headers: str) -> Answer:
    return ask(app, f"/-/{name}", "POST", json.dumps(sent).encode(), **headers)


def findings(app: Any, sent: Any) -> Any:
    return json.loads(asked(app, "findings", sent).body)


def test_what_schemas_and_laws_find_is_told_by_row_and_field(app: Any) -> None:
    target = USERS.format("COURSE-EXAMPLE1", 1, 10)
    answer = ask(app, target, **TOKEN)
    fine = findings(app, shown(target, answer))
    assert fine == {"judged": True, "findings": [], "more": 0, "ignored": [], "reason": ""}
    page = json.loads(answer.body)
    page["data"]["totalPage"] = 11
    for item in page["data"]["items"]:
        item["status"] = "archived"
    found = findings(app, shown(target, answer, body=json.dumps(page)))["findings"]
    assert [each["row"] for each in found if each["field"] == "status"] == list(range(10))
    law = next(each for each in found if each["row"] is None)
    assert law["place"] == ["data", "totalPage"]
    assert law["requirement"].startswith("PAGE-")
    assert law["message"].startswith("expected that ")
    assert law["about"]


def test_so_many_findings_are_listed_and_no_more(app: Any) -> None:
    target = USERS.format("COURSE-HUNDRED", 1, 100)
    page = json.loads(ask(app, target, **TOKEN).body)
    page["data"]["items"] = [{"user": {}}] * 100
    found = findings(app, shown(target, ask(app, target, **TOKEN), body=json.dumps(page)))
    assert len(found["findings"]) == 500
    assert found["more"] > 0
    large = shown(target, ask(app, target, **TOKEN), body=" " * 256_001)
    assert findings(app, large)["reason"] == "it is larger than 256 kB"


def test_errors_are_judged_and_unknown_parameters_told(app: Any) -> None:
    target = f"{USERS.format('COURSE-RATE-LIMITED', 1, 10)}&status=failed&status=x&a%5Bb"
    answer = ask(app, target, **TOKEN)
    assert answer.status == 429
    found = findings(app, shown(target, answer, body='{"message": 1}'))
    assert found["ignored"] == ["status", "a[b"]
    assert "message" in {each["field"] for each in found["findings"]}
    for body in ("<html>", "[" * 100_000, '{"a": NaN}'):
        assert findings(app, shown(target, answer, body=body))["judged"] is False


@pytest.mark.parametrize(
    "sent",
    [[], {}, {"request": "x.1"}, {"method": 1}, {"headers": [1]}, {"target": "/nowhere"}],
)
def test_what_is_no_exchange_is_refused_with_a_reason(app: Any, sent: Any) -> None:
    target = USERS.format("C-1", 1, 1)
    if isinstance(sent, dict) and "request" not in sent and sent:
        sent = {**shown(target, ask(app, target, **TOKEN)), **sent}
    answer = asked(app, "as-scenario", sent)
    assert answer.status in {400, 404}
    assert b"rpc error" in answer.body


def test_other_origins_get_no_answer(app: Any) -> None:
    for headers in ({"Origin": "https://other.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert asked(app, "findings", {}, **headers).status == 403


RESPONSES = {
    USERS.format("COURSE-EXAMPLE1", 2, 7): "",
    USERS.format("COURSE-EMPTY", 1, 7): "",
    USERS.format("COURSE-RATE-LIMITED", 1, 7): "",
    USERS.format("COURSE-HTML-ERROR", 1, 7): "",
    USERS.format("COURSE-MALFORMED", 1, 7): "",
    USERS.format("%C3%9Cn%C3%AFcode%20'*", 1, 7): "",
    USERS.format("C-1", 1, 7): "code=503",
    USERS.format("C-2", 1, 7): "fault=status-upper-case",
}


def test_a_copied_scenario_gives_the_response_again(
    app: Any, contract: Contract, tmp_path: Path
) -> None:
    before = {}
    for number, (target, prefer) in enumerate(RESPONSES.items()):
        before[target] = ask(app, target, **TOKEN, **({"Prefer": prefer} if prefer else {}))
        copied = asked(app, "as-scenario", shown(target, before[target]))
        assert copied.status == 200
        (tmp_path / f"{number}.yaml").write_bytes(copied.body)
    stub = create_app(contract, Settings(fixtures=(tmp_path,)))
    for target, answer in before.items():
        again = ask(stub, target, **TOKEN)
        assert (again.status, json_or(again.body)) == (answer.status, json_or(answer.body))
        for name in ("content-type", "retry-after"):
            assert again.headers.get(name) == answer.headers.get(name)


def json_or(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def test_a_list_is_copied_with_its_rows(app: Any) -> None:
    target = USERS.format("COURSE-EXAMPLE1", 3, 5)
    text = asked(app, "as-scenario", shown(target, ask(app, target, **TOKEN))).body.decode()
    assert "total: 100" in text
    assert "\n  10:\n" in text
    assert "\n  14:\n" in text


def test_a_path_without_values_has_no_scenarios(root: Path) -> None:
    other = create_app(load(root / "tests" / "data" / "pet_store.yaml"), Settings())
    operation = next(
        op
        for op in other.responder.contract.operations
        if "{" not in op.path and op.method == "GET"
    )
    target = f"{other.responder.contract.base_path}{operation.path}"
    answer = asked(other, "as-scenario", shown(target, Answer(200, {}, b"[]")))
    assert answer.status == 409
    assert b"this path has none" in answer.body
