from __future__ import annotations

import io
import json
import urllib.request
from typing import TYPE_CHECKING

from ruangkerja.mock.response import StubResponse
from ruangkerja.mock.serve.journal import Journal, RequestLog
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.mock.settings import Log

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

    from ..conftest import MakeCaller


def logged(contract: Contract, caller: MakeCaller, form: Log) -> list[str]:
    stream = io.StringIO()
    call = caller()
    call.app.watchers.append(RequestLog(contract, form, stream, [TOKEN]).note)
    call.users("C-1", 2, 10)
    call.users("C-1", 2, 10)
    call.users("C-1", 2, 101)
    call.users("C-1", token="a-secret")  # noqa: S106
    call("/a%0Ab\x1b[31m")
    call.users("C-1", TOKEN, f"##[error]{TOKEN}-{'long' * 40}")
    return stream.getvalue().splitlines()


def test_a_line_says_what_was_asked_and_why_it_was_refused(
    contract: Contract, caller: MakeCaller
) -> None:
    lines = logged(contract, caller, Log.TEXT)
    assert len(lines) == 6
    assert f"200 GET {USERS.format('C-1')}?page=2&pageSize=10" in lines[0]
    assert "400 GET" in lines[2]
    assert "at most 100" in lines[2]
    assert "403 GET" in lines[3]
    assert all(line.isprintable() for line in lines)


def test_json_lines_hold_the_same(contract: Contract, caller: MakeCaller) -> None:
    lines = [json.loads(line) for line in logged(contract, caller, Log.JSON)]
    assert [line["status"] for line in lines] == [200, 200, 400, 403, 404, 400]
    assert "at most 100" in lines[2]["reason"]
    assert lines[0].keys() >= {"time", "method", "target", "status", "bytes", "ms"}


def test_no_line_shows_a_token(contract: Contract, caller: MakeCaller) -> None:
    for form in (Log.TEXT, Log.JSON):
        text = "\n".join(logged(contract, caller, form))
        assert TOKEN not in text
        assert "##[" not in text
        assert "a-secret" not in text


def test_a_test_can_read_the_requests_afterwards() -> None:
    with MockServer() as server:
        assert len(server.requests) == 0
        for page in (1, 2):
            url = f"{server.url}{USERS.format('C%2D1')}?page={page}&pageSize=5"
            asked = urllib.request.Request(url, headers={"Authorization": TOKEN})  # noqa: S310
            urllib.request.urlopen(asked).close()  # noqa: S310
            assert len(server.requests) == page  # as soon as there is a response
    assert [request.query["page"] for request in server.requests] == [["1"], ["2"]]
    assert server.requests[-1].path == USERS.format("C-1")
    assert server.requests[-1].headers["authorization"] == TOKEN
    assert (server.requests[-1].method, server.requests[-1].status) == ("GET", 200)


def test_the_journal_is_bounded_by_number_and_by_size() -> None:
    journal, reply = Journal(), StubResponse(200, (), b"")
    scope = {"method": "GET", "raw_path": b"/", "query_string": b"", "headers": []}
    for number in range(1_500):
        journal.note({**scope, "raw_path": b"/%d" % number}, reply, 0.0)
    assert (len(journal), journal[0].path, journal[-1].path) == (1000, "/500", "/1499")
    for number in range(50):
        journal.note({**scope, "ruangkerja.body": b"x" * 1_000_000}, reply, number)
    assert sum(len(entry.body) for entry in journal) <= 16_000_000
    assert journal[-1].took == 49
    journal.note({**scope, "ruangkerja.body": b"x" * 20_000_000}, reply, 50.0)
    assert [entry.took for entry in journal] == [50.0]
