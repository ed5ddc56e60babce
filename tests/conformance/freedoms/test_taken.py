"""Which freedoms responses show, as far as they could show them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ruangkerja.conformance.evidence.evidence import Evidence
from ruangkerja.conformance.freedoms.taken import Sightings, Taken, taken_in
from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

LIST = "listOnlineCourseUsers"
PATH = "/ruangkerja/dashboard/courses/COURSE-A/online/users"
SENT = {"Accept": "application/json", "Content-Type": "application/json"}
ROW = {
    "user": {"serial": "U-1", "name": "Siti", "employeeID": "7"},
    "preTest": 1.5,
    "postTest": None,
    "timeSpent": 3,
    "lastAccessMission": "2026-01-01T10:00:00.000Z",
    "completedAt": "",
    "status": "inprogress",
}


def exchange(
    number: int, body: Any, query: str = "page=1&pageSize=10", status: int = 200, **headers: str
) -> Exchange:
    sent = {**SENT, "Authorization": "access_token"}
    request = Request("GET", f"{PATH}?{query}".encode(), tuple(sent.items()))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    received = {"Content-Type": "application/json", **headers}
    response = Response(status, "", "HTTP/1.1", tuple(received.items()), data, len(data))
    return Exchange(number, request, response, None, 0.0, 0.0)


def page(**row: Any) -> dict[str, Any]:
    data = {"currentPage": 1, "totalItems": 1, "totalPage": 1, "items": [{**ROW, **row}]}
    return {"status": 200, "message": "success", "data": data}


@pytest.fixture
def taken(contract: Contract) -> Any:
    def found(*exchanges: Exchange) -> Taken:
        evidence = Evidence(contract, RequestParser(contract, "", frozenset({"access_token"})))
        for each in exchanges:
            evidence.add(each)
        evidence.set_aside([each for each in evidence.records if each.exchange.throttled])
        return taken_in(evidence)

    return found


def seen(taken: Taken, name: str) -> tuple[int, Mapping[str, tuple[int, int]]]:
    sightings = taken.freedoms.get((name, LIST), Sightings())
    places = {place: (each.count, each.exchange) for place, each in sightings.places.items()}
    return sightings.of, places


def test_a_value_shows_a_freedom_at_its_place_in_the_first_exchange_that_has_it(taken: Any) -> None:
    plain, other = page(), page(lastAccessMission="2026-01-01T10:00:00Z")
    found = taken(exchange(1, plain), exchange(2, other), exchange(3, other))
    assert seen(found, "times-without-decimals") == (3, {"/data/items/*/lastAccessMission": (2, 2)})
    assert seen(found, "all-that-can-be-null-is-null") == (6, {"/data/items/*/postTest": (3, 1)})


@pytest.mark.parametrize(
    ("name", "freedom"),
    [
        ("王小明", "names-in-another-script"),
        ("דוד", "names-from-right-to-left"),
        ("O'Brien", "names-with-marks-of-other-languages"),
        ("", "names-that-are-empty"),
        ("x" * 100, "names-of-300-characters"),
    ],
)
def test_a_name_shows_one_freedom_and_no_other(taken: Any, name: str, freedom: str) -> None:
    found = taken(exchange(1, page(user={**ROW["user"], "name": name})))  # type: ignore[dict-item]
    shown = {key for (key, _), each in found.freedoms.items() if each.seen and "names-" in key}
    assert shown == {freedom}


def test_names_with_accents_show_no_freedom(taken: Any) -> None:
    found = taken(exchange(1, page(user={**ROW["user"], "name": "Nguyễn Zoë Čapek"})))  # type: ignore[dict-item]
    assert not [key for (key, _), each in found.freedoms.items() if each.seen and "names-" in key]


def test_only_what_could_show_a_freedom_is_counted(taken: Any) -> None:
    found = taken(exchange(1, page()))
    assert ("past-the-end-is-404", LIST) not in found.freedoms
    assert ("error-number-is-0", LIST) not in found.freedoms
    assert seen(found, "busy-once") == (1, {})


def test_headers_that_nobody_lists_are_named(taken: Any) -> None:
    found = taken(exchange(1, page(), **{"X-Request-Id": "7", "Date": "now"}))
    assert seen(found, "more-headers") == (1, {"x-request-id": (1, 1)})


def test_too_many_requests_count_although_they_are_set_aside(taken: Any) -> None:
    limited = replace(exchange(2, b"", status=429), throttled=True)
    assert seen(taken(exchange(1, page()), limited), "busy-once") == (2, {"": (1, 2)})


def test_a_parameter_is_tried_if_it_was_sent_with_a_success(taken: Any) -> None:
    assert taken(exchange(1, page())).tried == {LIST: {"page", "pageSize"}}
    assert taken(exchange(1, page(), query="page=x&pageSize=10")).tried == {}
    assert taken(exchange(1, {}, status=500)).tried == {}


def test_two_parts_of_a_run_are_added(taken: Any) -> None:
    first = taken(exchange(1, page()))
    second = taken(exchange(2, page(postTest=4.25)), exchange(3, page()))
    both = first.together(second)
    assert seen(both, "all-that-can-be-null-is-null") == (6, {"/data/items/*/postTest": (2, 1)})
    assert both.tried == {LIST: {"page", "pageSize"}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (rb"C:\\users", False),  # a backslash, which has to be escaped
        (rb"\u0000 \u001F \n", False),
        (rb"a\/b", True),
        (rb"caf\u00e9", True),
    ],
)
def test_escapes_that_json_requires_are_no_freedom(taken: Any, text: bytes, shown: bool) -> None:
    body = json.dumps(page(status="x")).encode().replace(b'"x"', b'"%s"' % text)
    assert bool(seen(taken(exchange(1, body)), "json-with-escapes")[1]) is shown


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b'{"data": 7}', b'{"data": {"items": [7, {}]}}']
)
def test_any_body_is_taken_as_it_is(taken: Any, body: bytes) -> None:
    assert isinstance(taken(exchange(1, body), exchange(2, body, status=500)), Taken)


def test_any_number_of_headers_takes_bounded_memory(taken: Any) -> None:
    many = {f"X-{number}-{'x' * 500}": "7" for number in range(500)}
    _, places = seen(taken(exchange(1, page(), **many)), "more-headers")
    assert len(places) == 101
    assert max(map(len, places)) <= 101
    assert places["others"] == (400, 1)


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), 1e308, 0.1, True, "\ud800", [], {}, [[7]], None]
)
def test_any_value_is_taken_as_it_is(taken: Any, value: Any) -> None:
    row = dict.fromkeys(ROW, value)
    assert isinstance(taken(exchange(1, page(**row))), Taken)
    error = {"errorCode": value, "message": value, "detail": value}
    assert isinstance(taken(exchange(1, error, status=400)), Taken)


def test_a_run_looks_for_freedoms_without_what_makes_them() -> None:
    """The operators, and the loop that they run in, take longer to import than the search."""
    modules = ["asyncio", "ruangkerja.mock.faults.catalogue", "ruangkerja.mock.faults.operators"]
    text = (
        "import sys\n"
        "from ruangkerja.conformance.freedoms import taken\n"
        "taken.is_exact('more-members')\n"
        "print(*(name for name in sys.argv[1:] if name in sys.modules))\n"
    )
    command = [sys.executable, "-P", "-c", text, *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


TREE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Trees", "version": "1"},
    "paths": {
        "/tree": {
            "get": {
                "operationId": "tree",
                "responses": {
                    "200": {
                        "description": "A tree.",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}
                        },
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "properties": {
                    **{name: {"$ref": "#/components/schemas/Tree"} for name in "abcdefgh"},
                    "size": {"type": "integer", "nullable": True},
                    "more": {"oneOf": [{"$ref": "#/components/schemas/Leaf"}]},
                },
            },
            "Leaf": {"type": "object", "properties": {"x": {"type": "integer"}}},
        }
    },
}


def test_a_schema_that_holds_itself_is_followed_as_far_as_a_body_goes(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(TREE), encoding="utf-8")
    contract = load(path)
    evidence = Evidence(contract, RequestParser(contract))
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"b": deep, "size": None, "more": {"x": 1}}
    body = {"a": {"size": None, "more": {"x": 1}}, "c": deep}
    response = Response(200, "", "HTTP/1.1", (), json.dumps(body).encode(), 1)
    evidence.add(Exchange(1, Request("GET", b"/tree"), response, None, 0.0, 0.0))
    found = taken_in(evidence).freedoms
    places = found["all-that-can-be-null-is-null", "tree"].places
    assert "/a/size" in places
    assert max(place.count("/") for place in places) == 50
    assert found["more-members", "tree"].seen == 0


def test_bodies_that_are_looked_at_together_show_what_each_of_them_shows(
    taken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{}, {"timeSpent": 0}, {"preTest": -1}, {"user": {**ROW["user"], "name": "Ümit 王"}}]
    bodies = [page(**row) for row in rows for _ in range(2)]
    for number, body in enumerate(bodies):
        body["data"]["items"] *= 1 + number % 3
        body["data"]["items"] = [{**row, "more": number} for row in body["data"]["items"]]
    together = [exchange(n, bodies[n * 5 % 8], f"page={n}&pageSize=10") for n in range(1, 30)]
    for order in (together, together[::-1]):
        at_once = taken(*order)
        monkeypatch.setattr("ruangkerja.conformance.freedoms.taken._AT_ONCE", 1)
        assert taken(*order) == at_once
        monkeypatch.undo()
