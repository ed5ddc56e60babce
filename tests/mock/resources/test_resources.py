"""`x-resource`: an item is one thing, whichever operation shows or changes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.mock import plans
from ruangkerja.mock.resources import store
from ruangkerja.spec import contract as contracts
from tests.helpers import family

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import Caller, MakeCaller, Received

COURSE = "/v1/courses/C-1001"
LEARNERS = f"{COURSE}/learners"
NEW = {"learnerId": "L-123456", "name": "Ada Brook"}


@pytest.fixture(scope="module")
def served(caller: MakeCaller) -> Caller:
    return caller(contracts.load(family.PATH))


@pytest.fixture
def app(served: Caller) -> Caller:
    served.app.control.stored.clear()
    return served


def send(
    app: Caller, target: str, method: str = "GET", body: Any = None, **headers: str
) -> Received:
    data = b"" if body is None else json.dumps(body).encode()
    sent = headers if body is None else {"content_type": "application/json", **headers}
    return app(target, method, data, token=family.TOKEN, **sent)


def everyone(app: Caller, target: str = LEARNERS, **headers: str) -> list[Any]:
    found: list[Any] = []
    for page in range(1, 20):
        body = send(app, f"{target}{'&' if '?' in target else '?'}limit=50&page={page}", **headers)
        found += body.json["learners"]
        if page >= body.json["meta"]["pages"]:
            break
    assert body.json["meta"]["total"] == len(found)
    return found


def test_an_item_is_shown_as_in_its_list(app: Caller) -> None:
    for row in send(app, "/v1/courses?limit=5").json["courses"]:
        shown = send(app, f"/v1/courses/{row['courseId']}").json
        assert {**shown, **row} == shown


def test_the_example_of_a_key_is_in_the_list(app: Caller) -> None:
    assert send(app, COURSE).status == 200
    assert "C-1001" in [c["courseId"] for c in send(app, "/v1/courses").json["courses"]]


def test_an_item_that_is_in_no_list_is_not_found(app: Caller) -> None:
    answer = send(app, "/v1/courses/C-0001")
    assert answer.status == 404
    assert "there is no such course" in answer.json["detail"]


def test_a_changed_item_is_shown_as_it_is_now(app: Caller) -> None:
    before = send(app, COURSE).json
    changed = send(app, COURSE, "PATCH", {"title": "Knots", "seats": 7})
    assert changed.status == 200
    assert changed.json == {**before, "title": "Knots", "seats": 7}
    assert send(app, COURSE).json == changed.json
    row = send(app, "/v1/courses?limit=1").json["courses"][0]
    assert (row["title"], row["seats"]) == ("Knots", 7)


def test_a_created_item_is_found_in_its_list_and_in_no_other(app: Caller) -> None:
    before = everyone(app)
    created = send(app, LEARNERS, "POST", NEW)
    assert created.status == 201
    assert {**created.json, **NEW} == created.json
    assert everyone(app) == [*before, created.json]
    others = everyone(app, "/v1/courses/C-1002/learners")
    assert NEW["learnerId"] not in [each["learnerId"] for each in others]


def test_a_created_item_is_found_by_a_filter(app: Caller) -> None:
    filtered = f"{LEARNERS}?status=invited"
    before = everyone(app, filtered)
    status = send(app, LEARNERS, "POST", NEW).json["status"]
    after = everyone(app, f"{LEARNERS}?status={status}")
    assert NEW["learnerId"] in [each["learnerId"] for each in after]
    send(app, f"{LEARNERS}/{before[0]['learnerId']}", "DELETE")
    assert before[0] not in everyone(app, filtered)


def test_an_item_cannot_be_created_twice(app: Caller) -> None:
    assert send(app, LEARNERS, "POST", NEW).status == 201
    again = send(app, LEARNERS, "POST", NEW)
    assert again.status == 409
    assert "L-123456" in again.json["detail"]


def test_a_deleted_item_is_gone_and_can_be_created_again(app: Caller) -> None:
    first = everyone(app)[0]
    target = f"{LEARNERS}/{first['learnerId']}"
    gone = send(app, target, "DELETE")
    assert (gone.status, gone.body) == (204, b"")
    assert first not in everyone(app)
    assert send(app, target, "DELETE").status == 404
    own = {name: first[name] for name in ("learnerId", "name")}
    assert send(app, LEARNERS, "POST", own).status == 201
    assert own.items() <= everyone(app)[0].items()


def test_a_created_item_that_is_deleted_takes_no_room(app: Caller) -> None:
    send(app, LEARNERS, "POST", NEW)
    send(app, f"{LEARNERS}/{NEW['learnerId']}", "DELETE")
    assert len(app.app.control.stored) == 0


def test_the_items_of_a_large_contract_are_in_a_list_without_pages(
    caller: MakeCaller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = yaml.safe_load(family.PATH.read_text(encoding="utf-8"))
    courses = document["paths"]["/courses"]["get"]
    courses["x-pagination"] = {"items": "/courses", "key": "/courseId"}
    path = tmp_path / "family.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    monkeypatch.setattr(plans, "_MOST_PREPARED", 1)
    app = caller(contracts.load(path))
    shown = send(app, COURSE).json
    [row] = [c for c in send(app, "/v1/courses").json["courses"] if c["courseId"] == "C-1001"]
    assert {**shown, **row} == shown
    assert send(app, COURSE).json == shown


def test_requests_with_an_id_have_a_store_of_their_own(app: Caller) -> None:
    send(app, LEARNERS, "POST", NEW, prefer="id=one")
    assert NEW["learnerId"] in [e["learnerId"] for e in everyone(app, prefer="id=one")]
    assert NEW["learnerId"] not in [e["learnerId"] for e in everyone(app)]
    assert app.app.control.stored.clear(id="two") == 0
    assert app.app.control.stored.clear(id="one") == 1


def test_a_scenario_and_the_store_agree(app: Caller) -> None:
    app.app.control.use("few", {"total": 3})
    assert len(everyone(app, prefer="id=few")) == 3
    send(app, LEARNERS, "POST", NEW, prefer="id=few")
    assert len(everyone(app, prefer="id=few")) == 4
    app.app.control.clear()


def test_when_the_store_is_full_the_response_says_so(
    app: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST", 1)
    assert "warning" not in send(app, LEARNERS, "POST", NEW).headers
    refused = send(app, LEARNERS, "POST", {**NEW, "learnerId": "L-123457"})
    assert refused.status == 201
    assert refused.headers["warning"] == (
        '299 - "nothing is stored: the store is full; DELETE /-/stored empties it"'
    )
    assert len(app.app.control.stored) == 1


def test_the_store_is_bounded_in_bytes(app: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 5000)
    for number in range(3):
        send(app, LEARNERS, "POST", {"learnerId": f"L-00000{number + 1}", "name": "x" * 2000})
    assert len(app.app.control.stored) == 1


def test_several_workers_store_nothing_and_say_so(caller: MakeCaller) -> None:
    app = caller(contracts.load(family.PATH), workers=2)
    created = send(app, LEARNERS, "POST", NEW)
    assert "each of the 2 workers would have a store of its own" in created.headers["warning"]
    assert NEW["learnerId"] not in [each["learnerId"] for each in everyone(app)]


def test_a_preferred_status_stores_nothing(app: Caller) -> None:
    send(app, LEARNERS, "POST", NEW, prefer="code=409")
    assert len(app.app.control.stored) == 0


def test_a_declared_location_is_that_of_the_new_item(caller: MakeCaller, tmp_path: Path) -> None:
    document = yaml.safe_load(family.PATH.read_text(encoding="utf-8"))
    schema = {"schema": {"type": "string"}, "example": "/v1/courses/C-0000"}
    created = {"description": "The course.", "headers": {"Location": schema}}
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/CourseChange"}}}
    document["paths"]["/courses"]["post"] = {
        "operationId": "addCourse",
        "x-resource": {"list": "listCourses", "action": "create"},
        "requestBody": {"required": True, "content": body},
        "responses": {"201": created},
    }
    path = tmp_path / "family.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    app = caller(contracts.load(path))
    location = send(app, "/v1/courses", "POST", {"title": "Knots"}).headers["location"]
    assert send(app, location).json["title"] == "Knots"
    other = send(app, "/v1/courses", "POST", {"title": "Bends"}).headers["location"]
    assert other != location
