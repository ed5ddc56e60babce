"""A large request takes little time, and what is kept of requests takes little memory."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock import app
from ruangkerja.mock.app import create_app
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Log, Settings
from ruangkerja.spec.contract import load

from ..conftest import TOKEN, USERS, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

# The server refuses longer targets and more headers than these.
TARGET, HEADERS, HEAD = 60_000, 90, 250_000
PATH = USERS.format("A").encode()
PAGE = b"page=1&pageSize=10"
MOCK = Path(app.__file__).parent


@pytest.fixture(scope="module")
def logged(contract: Contract) -> Caller:
    """The stub with its request log, as the command starts it."""
    return Caller(watched(contract, Settings(log=Log.TEXT)))


def filled(part: bytes, size: int = HEAD) -> bytes:
    return part * (size // len(part))


LARGE_HEADERS = {
    "ranges": [(b"accept", b",".join(b"a/b%d;q=0.1" % n for n in range(10_000)))],
    "parameters of a range": [(b"accept", b"a/b" + filled(b";q=1"))],
    "accept": [(b"accept", filled(b"a/b,", 2_000))] * HEADERS,
    "content type": [(b"content-type", filled(b"a;"))],
    "cookies": [(b"cookie", b"; ".join(b"c%d=v" % n for n in range(20_000)))],
    "preferences": [(b"prefer", b",".join(b"wait=%d" % n for n in range(20_000)))],
    "escapes in a preference": [(b"prefer", b'example="' + filled(b"\\a") + b'"')],
    "blanks in a preference": [(b"prefer", b"wait" + filled(b" ") + b"x")],
    "example": [(b"prefer", b"example=" + filled(b"a"))],
    "fault": [(b"prefer", b"fault=" + filled(b"a"))],
    "token": [(b"authorization", filled(b"a"))],
    "host": [(b"host", filled(b"a"))],
    "origin": [(b"origin", filled(b"a"))],
    "origins": [(b"origin", filled(b"a", 2_000))] * HEADERS,
}
LARGE_TARGETS = {
    "pairs": PATH + b"?" + b"&".join(b"a%d=1" % n for n in range(7_000)),
    "separators": PATH + b"?" + filled(b"&", TARGET),
    "value": PATH + b"?" + PAGE + b"&x=" + filled(b"%41", TARGET),
    "name": PATH + b"?" + PAGE + b"&" + filled(b"%41", TARGET),
    "digits": PATH + b"?pageSize=10&page=" + filled(b"9", TARGET),
    "path": filled(b"/%41", TARGET),
    "slashes": filled(b"/%2f", TARGET),
    "list": PATH.replace(b"/A/", b"/" + filled(b"%e2%98%83", TARGET) + b"/"),
}


def seconds(call: Caller, target: bytes, headers: list[tuple[bytes, bytes]]) -> Iterator[float]:
    for _ in range(3):
        begun = time.thread_time()
        call.raw(target, "GET", headers)
        yield time.thread_time() - begun


@pytest.mark.parametrize("name", [*LARGE_HEADERS, *LARGE_TARGETS])
def test_a_large_request_takes_less_than_50_milliseconds(
    logged: Caller, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    headers = [(b"authorization", TOKEN.encode()), *LARGE_HEADERS.get(name, [])]
    target = LARGE_TARGETS.get(name, PATH + b"?" + PAGE)
    assert min(seconds(logged, target, headers)) < 0.05
    assert len(capsys.readouterr().err) < 30_000


def test_different_requests_take_little_memory(logged: Caller) -> None:
    # The latest requests, which these two keep, have bounds of their own.
    logged.app.watchers.remove(logged.app.control.journal.note)
    logged.app.watchers.remove(logged.app.console.live.note)
    token = (b"authorization", TOKEN.encode())
    long = b"x" * 60_000

    def ask(number: int) -> None:
        name = b"%d" % number
        many = [(b"accept", b"")] * 80
        for target, more in [
            (PATH + b"?" + PAGE, [(b"origin", name + long)]),
            (PATH + b"?" + PAGE, [(b"cookie", name), *many]),
            (PATH + b"?" + PAGE, [(b"accept", b"application/json;x=" + name + long)]),
            (PATH + b"?" + PAGE + b"&token" + name + long + b"=1", []),
            (PATH.replace(b"/A/", b"/" + name + long + b"/"), []),
        ]:
            logged.raw(target, "GET", [token, *more])
        logged.raw(PATH + b"?" + PAGE, "GET", [(b"authorization", name + long)])

    ask(0)
    tracemalloc.start(12)
    try:
        for number in range(1, 40):
            ask(number)
        gc.collect()
        # What other threads of the tests do meanwhile does not count.
        of_stub = tracemalloc.Filter(True, f"{MOCK}/*", all_frames=True)
        traces = tracemalloc.take_snapshot().filter_traces([of_stub]).traces
        assert sum(trace.size for trace in traces) < 500_000
    finally:
        tracemalloc.stop()


ROW = {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}}}
SENT = {
    "type": "object",
    "properties": {
        "rows": {"type": "array", "items": ROW},
        "texts": {"type": "array", "items": {"type": "string", "maxLength": 3}},
    },
    "additionalProperties": {"type": "string"},
}
BODIES = {
    "objects": {"rows": [{}] * 65_000},
    "texts": {"texts": [f"{n:05}" for n in range(25_000)]},
    "members": {f"m{n}": 1 for n in range(20_000)},
    "a long text": {"texts": ["x" * HEAD]},
}


@pytest.fixture(scope="module")
def posting(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    response = {"description": "It was kept."}
    body = {"content": {"application/json": {"schema": SENT}}}
    post = {"operationId": "keep", "requestBody": body, "responses": {"201": response}}
    path = tmp_path_factory.mktemp("posting") / "things.json"
    info = {"title": "things", "version": "1"}
    document = {"openapi": "3.0.3", "info": info, "paths": {"/things": {"post": post}}}
    path.write_text(json.dumps(document), encoding="utf-8")
    return Caller(create_app(load(path), Settings()))


@pytest.mark.parametrize("name", BODIES)
def test_a_large_body_takes_less_than_50_milliseconds(posting: Caller, name: str) -> None:
    body, took = json.dumps(BODIES[name]).encode(), []
    for _ in range(4):
        begun = time.thread_time()
        refused = posting.raw(b"/things", "POST", [(b"content-type", b"application/json")], body)
        took.append(time.thread_time() - begun)
        assert (refused.status, len(refused.body) < 1_000) == (400, True)
    assert min(took) < 0.05


def test_a_body_that_is_nested_deeply_is_refused(posting: Caller) -> None:
    body = b'{"texts":' + b"[" * 900 + b"]" * 900 + b"}"
    sent = [(b"content-type", b"application/json")]
    assert posting.raw(b"/things", "POST", sent, body).status == 400
