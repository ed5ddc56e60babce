"""Faults as a page meets them: what goes over the wire, and what stays as it is."""

from __future__ import annotations

import http.client
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ruangkerja.conformance.suite.selftest import FaultyServer
from ruangkerja.mock.faults import find
from ruangkerja.mock.faults.call import Call
from ruangkerja.mock.faults.context import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

TOKEN = "Tk-of-the-tests-1"  # noqa: S105 - it opens the stub of a test
PATH = "/ruangkerja/dashboard/courses/COURSE-EXAMPLE1/online/users"


@contextmanager
def faulty(contract: Contract, name: str) -> Iterator[FaultyServer]:
    with FaultyServer(contract, tokens=(TOKEN,)) as server:
        server.faulty.fault = find(name)
        yield server


def ask(
    server: FaultyServer, query: str = "page=1&pageSize=10", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    try:
        sent = {"Authorization": TOKEN, **headers}
        connection.request(method, f"{PATH}?{query}", headers=sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def data(body: bytes) -> Any:
    return json.loads(body)["data"]


def test_a_changed_body_is_as_long_as_it_says(contract: Contract) -> None:
    with faulty(contract, "status-upper-case") as server:
        status, headers, body = ask(server)
    assert status == 200
    assert int(headers["content-length"]) == len(body)
    assert all(item["status"].isupper() for item in data(body)["items"])


def test_a_fault_of_one_row_in_200_shows_in_that_row_at_every_size(contract: Contract) -> None:
    with faulty(contract, "completed-at-all-zeros") as server:
        found = [
            (size, page * size - size + row)
            for size in (10, 33, 100)
            for page in range(1, -(-100 // size) + 1)
            for row, item in enumerate(
                data(ask(server, f"page={page}&pageSize={size}")[2])["items"]
            )
            if item["completedAt"] == "0000-00-00"
        ]
    assert found == [(size, row) for size in (10, 33, 100) for row in (33, 73)]


def test_a_fault_of_one_request_in_20_counts_requests(contract: Contract) -> None:
    with faulty(contract, "one-request-in-20-is-500") as server:
        statuses = [ask(server)[0] for _ in range(41)]
        server.faulty.reset()
        again = [ask(server)[0] for _ in range(20)]
    assert [n for n, status in enumerate(statuses, start=1) if status == 500] == [20, 40]
    assert again == statuses[:20]


def test_a_dropped_connection_ends_without_a_byte(contract: Contract) -> None:
    with faulty(contract, "connection-dropped-where-the-path-is-escaped") as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        connection.request("GET", PATH.replace("COURSE", "%20"), headers={"Authorization": TOKEN})
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
        connection.close()
        assert ask(server)[0] == 200


def test_an_answer_that_is_cut_off_ends_within_its_body(contract: Contract) -> None:
    with faulty(contract, "large-pages-are-cut-off") as server:
        with pytest.raises(http.client.IncompleteRead) as raised:
            ask(server, "page=1&pageSize=100")
        assert raised.value.partial
        assert raised.value.expected


def test_nobody_waits_for_a_client_that_has_gone(contract: Contract) -> None:
    with faulty(contract, "far-pages-never-come") as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=0.05)
        connection.request("GET", f"{PATH}?page=10&pageSize=10", headers={"Authorization": TOKEN})
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        assert ask(server)[0] == 200
    # The server has ended by now, although the answer was to take half a minute.


def test_a_preflight_and_the_headers_of_cors_stay_as_they_are(contract: Contract) -> None:
    origin = "https://page.test"
    with faulty(contract, "errors-are-pages-of-html") as server:
        preflight = ask(
            server,
            method="OPTIONS",
            Origin=origin,
            **{"Access-Control-Request-Method": "GET"},
        )
        status, headers, body = ask(server, "page=0&pageSize=10", Origin=origin)
    assert preflight[0] == 204
    assert status == 400
    assert body.startswith(b"<!DOCTYPE html>")
    assert headers["access-control-allow-origin"] == origin


def test_what_breaks_a_law_breaks_nothing_else(contract: Contract) -> None:
    schema = contract.schemas.at(("components", "schemas", "OnlineCourseUser"))
    for name in ("not-started-with-a-score", "completed-without-a-date", "post-test-negative"):
        with faulty(contract, name) as server:
            items = data(ask(server, "page=1&pageSize=100")[2])["items"]
        broken = {v.requirement for item in items for v in schema.judge(item).violations}
        assert broken == {find(name).requirement}


@pytest.mark.parametrize(
    ("name", "page"),
    [("page-read-as-a-decimal", "1e999"), ("page-beyond-32-bits-wraps", "1" * 5000)],
)
def test_a_number_that_no_integer_can_hold_does_not_break_a_fault(
    contract: Contract, name: str, page: str
) -> None:
    with faulty(contract, name) as server:
        status, _, body = ask(server, f"page={page}&pageSize=10")
    # The stub answers as it does without the fault, and not with a failure of its own.
    assert status in {200, 400}, body


def test_a_faulty_server_keeps_little_of_large_requests(contract: Contract) -> None:
    [operation] = contract.operations
    call = Call(contract, operation, "GET", "/", (), ((b"a", b"b"),), b"x" * 1_000_000, 1)
    memory = Memory(latest=call)
    memory.answered(call)
    assert memory.previous is memory.latest is not None
    assert (memory.previous.body, memory.previous.headers) == (b"", call.headers)
    memory.answered(replace(call, headers=((b"a", b"x" * 200_000),)))
    assert memory.previous is None
    for number in range(1_000):
        memory.remember(number, b"", 100_000)
    assert 0 < len(memory.values) <= 40
