"""The control interface: requests are listed, counted and removed, and only tests see them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.control.interface import DOCUMENT
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.secrets.masking import HIDDEN
from tests.helpers.asking import ask, scope

from ..conftest import USERS

if TYPE_CHECKING:
    from ruangkerja.mock.application import Application
    from ruangkerja.spec.contract import Contract

    from .conftest import BodyOf

SECRET = "sesame-open-1"  # noqa: S105 - no secret of anybody
ELSEWHERE = "https://elsewhere.example"
CONTROL = ("/-/requests", "/-/scenarios", "/-/openapi.json", "/-/openapi.yaml")


def started(contract: Contract, **settings: Any) -> Application:
    return watched(contract, Settings(tokens=(SECRET,), **settings))


@pytest.fixture(scope="module")
def served(contract: Contract) -> Application:
    return started(contract)


@pytest.fixture
def app(served: Application) -> Application:
    """A stub that got three requests: two good ones of a test, and one without a page."""
    served.control.journal.clear()
    for course, query, id_ in (
        ("COURSE-1", "page=1&pageSize=2", "test-7"),
        ("COURSE-2", "page=2&pageSize=2&token=abc", "test-8"),
        ("COURSE-1", "pageSize=2", "test-7"),
    ):
        target = f"{USERS.format(course)}?{query}"
        prefer = f'respond-async, id="{id_}"'
        ask(served, target, Authorization=SECRET, Prefer=prefer, Cookie="a=b")
    return served


def test_requests_are_listed_with_headers_and_results(app: Application, body_of: BodyOf) -> None:
    found = body_of(ask(app, "/-/requests"), "listRequests")
    first, _, third = found["requests"]
    assert (found["count"], found["last"]) == (3, third["number"])
    assert (first["number"], first["id"], first["method"]) == (found["last"] - 2, "test-7", "GET")
    assert first["path"] == USERS.format("COURSE-1")
    assert first["query"] == {"page": ["1"], "pageSize": ["2"]}
    assert first["headers"]["authorization"] == SECRET
    assert (first["body"], first["encoding"]) == ("", "utf-8")
    assert (first["status"], third["status"]) == (200, 400)
    assert "page is missing" in third["reason"]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("path=*/COURSE-1/*", [1, 3]),
        (f"path={USERS.format('COURSE-2')}", [2]),
        ("path=/COURSE-1", []),
        ("id=test-8", [2]),
        ("method=GET", [1, 2, 3]),
        ("method=POST", []),
        ("status=400", [3]),
        ("status=2xx&id=test-7", [1]),
        ("after={0}", [3]),
        ("since=2020-01-01T00:00:00Z", [1, 2, 3]),
        ("since=2999-01-01T00:00:00%2B07:00", []),
        ("until=2020-01-01t00:00:00.5z", []),
    ],
)
def test_filters_select_what_is_listed_counted_and_removed(
    query: str, numbers: list[int], app: Application, body_of: BodyOf
) -> None:
    before = app.control.journal.last - 3
    query = query.format(before + 2)
    listed = body_of(ask(app, f"/-/requests?{query}"), "listRequests")
    assert [each["number"] - before for each in listed["requests"]] == numbers
    counted = body_of(ask(app, f"/-/requests/count?{query}"), "countRequests")
    assert counted == {"count": len(numbers)}
    removed = body_of(ask(app, f"/-/requests?{query}", "DELETE"), "clearRequests")
    assert removed == {"count": len(numbers)}
    assert json.loads(ask(app, "/-/requests/count").body) == {"count": 3 - len(numbers)}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("paht=/", '"paht" does not exist; the parameters are path, id, method'),
        ("status=5", "status"),
        ("since=yesterday", "since"),
        ("since=2020-01-01T00:00:00", "since"),
        ("since=2016-12-31T23:59:60Z", "leap second"),
        ("after=-1", "after"),
        ("id=1&id=2", "id"),
    ],
)
def test_a_filter_with_a_mistake_removes_nothing(
    query: str, says: str, app: Application, body_of: BodyOf
) -> None:
    answer = ask(app, f"/-/requests?{query}", "DELETE")
    assert says in body_of(answer, "clearRequests")["detail"]
    assert answer.status == 400
    assert json.loads(ask(app, "/-/requests/count").body) == {"count": 3}


def test_its_own_document_describes_it(app: Application, interface: Contract) -> None:
    document = json.loads(ask(app, "/-/openapi.json").body)
    assert document == interface.base.value
    assert ask(app, "/-/openapi.yaml").body == DOCUMENT.read_bytes()
    answer = ask(app, "/-/requests", "PUT")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, DELETE")
    assert ask(app, "/-/requests", "HEAD").status == 200
    misspelt = ask(app, "/-/scenario", "DELETE")
    assert misspelt.status == 404
    assert "the most similar is /-/scenarios" in json.loads(misspelt.body)["detail"]


def test_only_this_machine_and_its_own_pages_use_it(contract: Contract, body_of: BodyOf) -> None:
    app = started(contract, allowed_hosts=("stub.example",))
    ask(app, f"{USERS.format('COURSE-1')}?page=1", Authorization=SECRET)
    for headers in (
        {"Origin": ELSEWHERE},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "empty"},
        {"Host": "rebound.example"},
        {"Host": "stub.example"},
        {"X_Forwarded_For": "203.0.113.5"},
    ):
        for target in CONTROL:
            answer = ask(app, target, **headers)
            assert answer.status == 403
            assert not any(name.startswith("access-control-") for name in answer.headers)
            assert SECRET.encode() not in answer.body
        assert ask(app, "/-/requests", "DELETE", **headers).status == 403
        assert ask(app, "/-/requests", "OPTIONS", **headers).status == 403
        assert ask(app, "/-/scenarios/a", "PUT", b'{"delay": 9}', **headers).status == 403
    assert len(app.control.journal) == 1
    assert len(app.control.scenarios) == 0
    elsewhere = started(contract, host="0.0.0.0")  # noqa: S104
    refused = body_of(ask(elsewhere, "/-/requests"), "listRequests")
    assert "--remote-control" in refused["detail"]


def test_credentials_are_hidden_from_other_origins_and_machines(contract: Contract) -> None:
    for settings, headers in (
        ({"control_origins": (ELSEWHERE,)}, {"Origin": ELSEWHERE, "Sec_Fetch_Site": "cross-site"}),
        ({"remote_control": True, "host": "0.0.0.0"}, {}),  # noqa: S104
        ({"remote_control": True}, {"Forwarded": "for=203.0.113.5"}),
    ):
        app = started(contract, **settings)
        target = f"{USERS.format(SECRET)}?page=1&access_token=another&pageSize={SECRET}"
        ask(app, target, Authorization="another", Cookie="a=b", X_Note=f"Bearer {SECRET}")
        answer = ask(app, "/-/requests", **headers)
        assert answer.status == 200
        assert answer.headers.get("access-control-allow-origin") == headers.get("Origin")
        assert SECRET.encode() not in answer.body
        assert b"another" not in answer.body
        (request,) = json.loads(answer.body)["requests"]
        assert request["headers"]["authorization"] == HIDDEN
        assert request["headers"]["cookie"] == HIDDEN
        assert request["query"]["access_token"] == [HIDDEN]


def test_an_origin_that_is_named_gets_leave_for_the_interface_alone(contract: Contract) -> None:
    app = started(contract, control_origins=(ELSEWHERE,))
    preflight = {"Origin": ELSEWHERE, "Access_Control_Request_Method": "DELETE"}
    answer = ask(app, "/-/requests", "OPTIONS", **preflight)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == ELSEWHERE
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    for target in ("/-/console.json", "/-/events", "/metrics"):
        assert ask(app, target, Origin=ELSEWHERE).status == 403
    another = ask(app, "/-/requests", Origin="https://another.example")
    assert another.status == 403
    assert b"--control-origin" in another.body


def test_it_is_refused_with_several_workers(contract: Contract, body_of: BodyOf) -> None:
    answer = ask(started(contract, workers=2), "/-/requests")
    assert answer.status == 501
    assert "use --workers 1" in body_of(answer, "listRequests")["detail"]


def test_faults_delays_drops_and_clients_that_leave_are_named(contract: Contract) -> None:
    app = started(contract)
    good = f"{USERS.format('COURSE-1')}?page=1&pageSize=1"
    ask(app, good, Authorization=SECRET, Prefer="fault=items-null-where-there-are-none")
    ask(app, good, Authorization=SECRET, Prefer="delay=1")
    left = scope(good, Host="localhost", Authorization=SECRET, Prefer="delay=60000")

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def ignore(_message: Any) -> None:
        return

    asyncio.run(app(left, gone, ignore))
    found = json.loads(ask(app, "/-/requests").body)["requests"]
    assert found[0]["fault"] == "items-null-where-there-are-none"
    assert (found[1]["delay"], found[1]["left"]) == (1, False)
    assert (found[2]["delay"], found[2]["left"]) == (60000, True)
