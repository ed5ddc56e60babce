from __future__ import annotations

import contextlib
import io
import json
import re
from typing import TYPE_CHECKING

from ruangkerja.mock.response import ConnectionCut
from ruangkerja.mock.serve.request_log import RequestLog
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


def test_a_line_names_faults_delays_and_dropped_connections(
    contract: Contract, caller: MakeCaller
) -> None:
    texts: list[str] = []
    for form in (Log.TEXT, Log.JSON):
        stream, call = io.StringIO(), caller()
        call.app.watchers.append(RequestLog(contract, form, stream).note)
        call.users(prefer="delay=1, fault=items-null-where-there-are-none")
        with contextlib.suppress(ConnectionCut):
            call.users("COURSE-DROPPED", 1, 1)
        texts.append(stream.getvalue())
    for text in texts:
        assert "fault items-null-where-there-are-none" in text
        assert "delay of 1 ms" in text
        assert re.search("connection dropped after [0-9]+ of [0-9]+ bytes", text)


def test_no_line_shows_a_token(contract: Contract, caller: MakeCaller) -> None:
    for form in (Log.TEXT, Log.JSON):
        text = "\n".join(logged(contract, caller, form))
        assert TOKEN not in text
        assert "##[" not in text
        assert "a-secret" not in text
