"""Scenarios that tests set: for their own requests alone, strictly read, gone when removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from ruangkerja.mock.scenarios import assigned, files
from ruangkerja.mock.serve.reload import Reloaded
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import DEFAULT, Contract, load
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.documents.source import Source
from tests.helpers.asking import Answer, ask

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.mock.application import Application

    from .conftest import BodyOf

SLOW_DOWN = {"failure": {"status": 429, "headers": {"Retry-After": 1}}}


@pytest.fixture(scope="module")
def served(contract: Contract) -> Application:
    return watched(contract, Settings())


@pytest.fixture
def app(served: Application) -> Application:
    served.control.clear()
    return served


def put(app: Any, id_: str, scenario: Any) -> Answer:
    data = scenario if isinstance(scenario, bytes) else json.dumps(scenario).encode()
    return ask(app, f"/-/scenarios/{quote(id_, safe='')}", "PUT", data)


def users(app: Any, course: str = "COURSE-1", id_: str | None = None) -> Answer:
    prefer = {} if id_ is None else {"Prefer": f'id="{id_}"'}
    target = f"{USERS.format(course)}?page=1&pageSize=100"
    return ask(app, target, Authorization=TOKEN, **prefer)


def test_a_scenario_is_for_the_requests_of_its_id_until_it_is_removed(
    app: Application, body_of: BodyOf
) -> None:
    value = body_of(put(app, "test-7", SLOW_DOWN), "setScenario")
    assert value["id"] == "test-7"
    answer = users(app, id_="test-7")
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    assert [users(app, id_=each).status for each in (None, "test-8")] == [200, 200]
    assert body_of(ask(app, "/-/scenarios/test-7"), "getScenario") == value
    assert body_of(ask(app, "/-/scenarios"), "listScenarios")["scenarios"] == [value]
    removed = [ask(app, "/-/scenarios/test-7", "DELETE") for _ in range(2)]
    assert [body_of(each, "removeScenario")["count"] for each in removed] == [1, 0]
    assert users(app, id_="test-7").status == 200
    missing = ask(app, "/-/scenarios/test-7")
    assert "test-7" in body_of(missing, "getScenario")["detail"]
    assert missing.status == 404


def test_one_with_values_of_a_path_is_for_requests_without_an_id_too(app: Application) -> None:
    put(app, "test-7", {"when": {"courseSerial": ["COURSE-1", "COURSE-2*"]}, **SLOW_DOWN})
    assert users(app, "COURSE-1").status == 429
    assert users(app, "COURSE-22", "test-7").status == 429
    assert users(app, "COURSE-3", "test-7").status == 200
    assert users(app, "COURSE-1", "test-8").status == 200


def test_a_scenario_of_the_stub_is_used_by_its_name(app: Application, body_of: BodyOf) -> None:
    put(app, "empty one", {"use": "COURSE-EMPTY"})
    assert json.loads(users(app, id_="empty one").body)["data"]["totalItems"] == 0
    put(app, "empty one", {"use": "COURSE-RATE-LIMITED", "when": {"courseSerial": "COURSE-5"}})
    assert [users(app, each, "empty one").status for each in ("COURSE-5", "COURSE-6")] == [429, 200]
    assert users(app, "COURSE-5").status == 429
    unknown = body_of(put(app, "a", {"use": "COURSE-EMPTI"}), "setScenario")
    assert unknown["errors"][0]["place"] == "/use"
    assert "COURSE-EMPTY" in unknown["detail"]


def test_a_sequence_is_counted_for_its_id_until_it_is_set_again(app: Application) -> None:
    twice = {**SLOW_DOWN, "times": 2}
    for scenario in (twice, {"use": "COURSE-FLAKY-RATE-LIMITED"}):
        put(app, "a", scenario)
        put(app, "b", scenario)
        found = [users(app, course, "a").status for course in ("COURSE-1", "COURSE-2", "COURSE-1")]
        assert found == [429, 429, 200]
        put(app, "a", scenario)
        assert users(app, "COURSE-1", "a").status == 429
        assert users(app, "COURSE-1", "b").status == 429


def test_what_a_file_may_say_of_items_may_be_set(app: Application) -> None:
    put(app, "a", {"total": 3, "faker": {"/user/name": "city"}})
    data = json.loads(users(app, id_="a").body)["data"]
    assert (data["totalItems"], len(data["items"])) == (3, 3)
    put(app, "a", b"# YAML\ntotal: 2\n")
    assert json.loads(users(app, id_="a").body)["data"]["totalItems"] == 2
    put(app, "a", b'{\n\t"total": 1\n}')
    assert json.loads(users(app, id_="a").body)["data"]["totalItems"] == 1
    put(app, "a", {"use": "COURSE-7-USERS"})
    assert json.loads(users(app, id_="a").body)["data"]["totalItems"] == 7
    items = [{"user": {"name": "Budi"}}]
    put(app, "a", {"when": {"courseSerial": "SIZE-{total}"}, "items": items})
    data = json.loads(users(app, "SIZE-4").body)["data"]
    assert (data["totalItems"], data["items"][0]["user"]["name"]) == (4, "Budi")


@pytest.mark.parametrize(
    ("scenario", "place", "says"),
    [
        ({"failure": {"status": 42}}, "/failure/status", "200 to 599"),
        ({"failure": {"statuss": 429}}, "/failure/statuss", "Did you mean status?"),
        ({"failures": {}}, "/failures", "failure"),
        ({"when": {"course": "A"}, "total": 1}, "/when/course", "courseSerial"),
        ({"use": "COURSE-EMPTY", "total": 1}, "/total", "unknown member"),
        ({"total": 1, "items": {"0": {"status": 5}}}, "/items/0/status", "not_started"),
        ({"total": 1, "items": [{"name": 5}]}, "/items/0/name", "Did you mean /user/name?"),
        ({"total": 1, "faker": {"/nobody": {}}}, "/faker/~1nobody", "no such member"),
        ({"use": "COURSE-NONE"}, "/use", "failure with status 404"),
        ([], "", "expected a scenario"),
        (b"{", "", ""),
        (b"", "", "is empty"),
        (b"\xff", "", ""),
    ],
)
def test_mistakes_are_named_with_their_place_and_change_nothing(
    scenario: Any, place: str, says: str, app: Application, body_of: BodyOf
) -> None:
    put(app, "a", SLOW_DOWN)
    answer = put(app, "a", scenario)
    problem = body_of(answer, "setScenario")
    assert answer.status == 400
    assert place in {each["place"] for each in problem["errors"]}
    assert says in problem["detail"]
    assert users(app, id_="a").status == 429


def test_their_number_and_size_are_bounded(
    app: Application, body_of: BodyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigned, "MOST", 2)
    for id_ in ("a", "b", "b", "a"):
        assert put(app, id_, SLOW_DOWN).status == 200
    refused = put(app, "c", SLOW_DOWN)
    assert refused.status == 409
    assert "remove some" in body_of(refused, "setScenario")["detail"]
    assert put(app, "a", b" " * 1_000_001).status == 413
    assert put(app, "i" * 101, SLOW_DOWN).status == 400
    assert body_of(ask(app, "/-/scenarios", "DELETE"), "clearScenarios") == {"count": 2}
    monkeypatch.setattr(assigned, "MOST_BYTES", 10)
    assert put(app, "a", SLOW_DOWN).status == 409


def test_the_document_names_the_members_of_a_scenario_file(interface: Contract) -> None:
    declared = interface.document["components"]["schemas"]["Scenario"]["properties"]
    schema = Source.read(files._SCHEMA).value
    assert set(declared) == {"use", *schema["properties"]}


def test_requests_and_scenarios_outlive_a_reload(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    text = DEFAULT.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    settings = Settings(spec=path)
    served = load(path)
    app = Reloaded(watched(served, settings), served, settings, lambda _: None)
    put(app, "a", SLOW_DOWN)
    assert users(app, id_="a").status == 429
    path.write_text(f"{text}\n# edited\n", encoding="utf-8")
    app.refresh()
    assert users(app, id_="a").status == 429
    assert json.loads(ask(app, "/-/requests/count?id=a").body) == {"count": 2}


def test_a_test_in_python_does_the_same() -> None:
    with MockServer() as server:
        app = server._app
        server.use("COURSE-EMPTY", id="a")
        server.use({"total": 1, "when": {"courseSerial": "COURSE-9"}}, id="b")
        assert json.loads(users(app, id_="a").body)["data"]["totalItems"] == 0
        assert json.loads(users(app, "COURSE-9").body)["data"]["totalItems"] == 1
        with pytest.raises(SourceError, match="Did you mean failure"):
            server.use({"failur": {}}, id="a")
        assert server.requests.count(id="a") == 1
        server.stop_using(id="a")
        assert json.loads(users(app, id_="a").body)["data"]["totalItems"] > 0
        server.clear()
        assert len(server.requests) == 0
        assert json.loads(users(app, "COURSE-9").body)["data"]["totalItems"] > 1
    with pytest.raises(RuntimeError, match="with"):
        MockServer().use("COURSE-EMPTY", id="a")


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ({"items": [{}] * 3001}, "has more than 3000 elements"),
        ({f"a{number}": 1 for number in range(3001)}, "has more than 3000 elements"),
        ({"response": {"status": 200, "body": "x" * 256_000}}, "expected at most 256000"),
        ({"use": "COURSE-EMPTY", "when": {"courseSerial": ["C"] * 101}}, "there are 101 names"),
    ],
)
def test_what_would_keep_the_stub_busy_is_rejected_before_it_is_checked(
    app: Application, scenario: Any, told: str
) -> None:
    answer = put(app, "large", scenario)
    assert answer.status == 400
    assert told in answer.body.decode()


def test_whole_numbers_may_have_a_fraction_of_zero(app: Application) -> None:
    assert put(app, "test-7", {"total": 2.0}).status == 200
    assert json.loads(users(app, id_="test-7").body)["data"]["totalItems"] == 2
    assert put(app, "test-7", {"failure": {"status": 429.0}, "times": 1.0}).status == 200
    assert [users(app, id_="test-7").status for _ in range(2)] == [429, 200]


@pytest.mark.parametrize(
    "response",
    [
        {"headers": {"Content-Length": "5"}},
        {"headers": {"transfer-encoding": "chunked"}},
        {"media_type": "text/html\r\nX-More: 1"},
        {"media_type": "text/☃"},
    ],
)
def test_a_response_that_the_server_cannot_send_is_rejected(
    app: Application, response: Any
) -> None:
    answer = put(app, "test-7", {"response": {"status": 200, **response}})
    assert (answer.status, json.loads(answer.body)["title"]) == (400, "Scenario is not valid")


@pytest.mark.parametrize("id_", ["", "ä", "a\nb", " a", "x" * 101])
def test_an_id_that_no_request_can_have_is_refused(app: Application, id_: str) -> None:
    with pytest.raises(ValueError, match="expected 1 to 100 characters of ASCII"):
        app.control.use(id_, {"use": "COURSE-EMPTY"})


def test_a_day_for_the_data_is_a_date() -> None:
    with pytest.raises(TypeError, match=r"today is '2026-01-01'; expected a datetime.date"):
        MockServer(today="2026-01-01")
