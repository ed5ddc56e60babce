"""What the stub shows of itself is for its own page, under its own name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Settings
from tests.helpers.asking import Answer, ask

from ..conftest import USERS

if TYPE_CHECKING:
    from ruangkerja.mock.application import Application
    from ruangkerja.spec.contract import Contract

SECRET = "sesame-open-1"  # noqa: S105 - no secret of anybody
OWN = (
    "/",
    "/-/",
    "/-/main.js",
    "/-/console.json",
    "/openapi.json",
    "/openapi.yaml",
    "/healthz",
    "/metrics",
)
EVERYWHERE = "0.0.0.0"  # noqa: S104
LIST = f"{USERS.format('COURSE-1')}?page=1&pageSize=1"


@pytest.fixture(scope="module")
def app(contract: Contract) -> Application:
    return watched(contract, Settings(tokens=(SECRET,)))


def leave_of(answer: Answer) -> set[str]:
    return {name for name in answer.headers if name.startswith("access-control-")}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://["},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "script"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "iframe"},
        {"Host": "rebound.example:8080"},
        {"Host": "stub"},
        {"Host": "localhost.rebound.example"},
        {"Host": "127.0.0.1.rebound.example"},
        {"Host": "[::1"},
        {"Host": "127.0.0.1:8080@rebound.example"},
        {"Host": "localhost/rebound.example"},
        {"Host": "[::1].rebound.example"},
    ],
)
def test_own_pages_are_not_shown_to_other_origins_or_under_other_names(
    headers: dict[str, str], app: Application
) -> None:
    for target in (*OWN, "/-/events"):
        answer = ask(app, target, **headers)
        assert (answer.status, answer.headers["content-type"]) == (403, "application/json")
        assert SECRET.encode() not in answer.body
        assert leave_of(answer) == set()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:8080"},
        {"Host": "LOCALHOST."},
        {"Host": "console.localhost:8080"},
        {"Host": "[::1]:8080"},
        {"Host": "192.168.0.7"},
        {"Host": ""},
        {"Origin": "http://127.0.0.1:8080"},
        {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Dest": "script"},
        {"Sec_Fetch_Site": "none", "Sec_Fetch_Dest": "document"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "document"},
    ],
)
def test_own_pages_are_shown_under_their_own_name(
    headers: dict[str, str], app: Application
) -> None:
    for target in OWN:
        answer = ask(app, target, **headers)
        assert answer.status == 200
        assert leave_of(answer) == set()


def test_own_pages_cannot_be_framed_loaded_or_kept(app: Application) -> None:
    for target in OWN:
        answer = ask(app, target)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_pages_of_other_origins_can_read_what_is_at_paths_of_the_contract_alone(
    app: Application,
) -> None:
    for origin in ("https://elsewhere.example", "null"):
        for method in ("GET", "HEAD", "DELETE"):
            answer = ask(app, LIST, method, Origin=origin)
            assert answer.status in {401, 405}
            assert answer.headers["access-control-allow-origin"] == origin
        for target in ("/nowhere", "/ui/start.js", f"{LIST.partition('?')[0]}/more", "/-/nope"):
            answer = ask(app, target, Origin=origin)
            assert (answer.status, leave_of(answer)) == (404, set())


def test_only_preflights_of_the_contract_get_leave(app: Application) -> None:
    preflight = {
        "Origin": "https://elsewhere.example",
        "Access_Control_Request_Method": "GET",
        "Access_Control_Request_Headers": "authorization",
        "Access_Control_Request_Private_Network": "true",
    }
    answer = ask(app, LIST, "OPTIONS", **preflight)
    assert answer.status == 204
    assert answer.headers["access-control-allow-private-network"] == "true"
    assert answer.headers["access-control-allow-headers"] == "authorization"
    for target in (*OWN, "/-/events", "/nowhere"):
        answer = ask(app, target, "OPTIONS", **preflight)
        assert (answer.status, leave_of(answer)) == (404, set())


@pytest.mark.parametrize(
    ("host", "names", "asked", "status"),
    [
        # A website can have neither a name without a dot nor one with these endings.
        (EVERYWHERE, (), "stub:8080", 200),
        (EVERYWHERE, (), "stub.team.svc.cluster.local:8080", 200),
        (EVERYWHERE, (), "stub.internal", 200),
        (EVERYWHERE, (), "10.0.0.7:8080", 200),
        (EVERYWHERE, (), "stub.example", 403),
        (EVERYWHERE, (), "local", 200),
        ("127.0.0.1", (), "stub.internal", 403),
        (EVERYWHERE, ("stub.example",), "Stub.Example:443", 200),
        (EVERYWHERE, ("stub.example",), "other.stub.example", 403),
        ("127.0.0.1", (".tunnel.example",), "a.tunnel.example", 200),
        ("127.0.0.1", (".tunnel.example",), "nottunnel.example", 403),
    ],
)
def test_a_name_is_allowed_that_no_website_can_have_or_that_was_named(
    host: str, names: tuple[str, ...], asked: str, status: int, contract: Contract
) -> None:
    app = watched(contract, Settings(host=host, allowed_hosts=names))
    assert ask(app, "/metrics", Host=asked).status == status
    advice: Any = ask(app, "/", Host="rebound.example").body
    assert b"--allowed-host NAME" in advice


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Host": "localhost"}, SECRET),
        ({"Host": "stub.example"}, None),
        ({"Host": "localhost", "X_Forwarded_For": "203.0.113.5"}, None),
        ({"Host": "localhost", "Forwarded": "for=203.0.113.5"}, None),
        ({"Host": "localhost", "Via": "1.1 tunnel"}, None),
    ],
)
def test_the_console_is_told_no_token_under_another_name_or_behind_a_gateway(
    headers: dict[str, str], told: str | None, contract: Contract
) -> None:
    app = watched(contract, Settings(tokens=(SECRET,), allowed_hosts=("stub.example",)))
    facts = json.loads(ask(app, "/-/console.json", **headers).body)
    assert [scheme["token"] for scheme in facts["schemes"].values()] == [told]
