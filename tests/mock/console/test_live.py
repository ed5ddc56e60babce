"""The live list: requests as they come, for a bounded number of pages, without secrets."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.mock.access.own_pages import POLICY
from ruangkerja.mock.access.security import Guard
from ruangkerja.mock.app import create_app
from ruangkerja.mock.console import live as lives
from ruangkerja.mock.console.copied_scenario import scenario_text
from ruangkerja.mock.console.request_log import RequestLogger
from ruangkerja.mock.response import ConnectionCut, StubResponse
from ruangkerja.mock.serve.reload import Reloaded
from ruangkerja.mock.serve.server import MockServer
from ruangkerja.mock.serve.watched import watched
from ruangkerja.mock.settings import Log, Settings
from ruangkerja.spec.contract import Contract, load
from ruangkerja.spec.secrets.masking import MASK
from tests.helpers.asking import scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

USERS = "/ruangkerja/dashboard/courses/{}/online/users?page=1&pageSize=10"
KEYED = """
openapi: 3.0.3
info: {title: Keyed, version: '1'}
security: [{key: []}]
paths:
  /things:
    get:
      parameters: [{name: tokens, in: query, schema: {type: integer}}]
      responses: {'204': {description: Nothing}}
components: {securitySchemes: {key: {type: apiKey, in: query, name: api_key}}}
"""
TOKEN = {"Authorization": "access_token"}


class Stream:
    """An open page: what it was sent, event by event."""

    def __init__(self, app: Any, target: str = "/-/events", **headers: str) -> None:
        self.status = 0
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self.text = ""
        self.held: asyncio.Event | None = None
        self._sent = asyncio.Event()
        self._gone = asyncio.Event()
        asked = scope(target, **{"Host": "localhost:1", **headers})
        self.task = asyncio.ensure_future(app(asked, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if self.held is not None:
            await self.held.wait()
        self.status = message.get("status", self.status)
        self.headers = message.get("headers", self.headers)
        self.text += message.get("body", b"").decode()
        self._sent.set()

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in re.findall(r"^data: (\{.*)$", self.text, re.MULTILINE)]

    async def until(self, is_there: Callable[[Stream], bool]) -> Stream:
        async with asyncio.timeout(10):
            while not is_there(self):
                self._sent.clear()
                await self._sent.wait()
        return self

    async def close(self) -> None:
        self._gone.set()
        async with asyncio.timeout(10):
            await self.task


@contextlib.asynccontextmanager
async def opened(app: Any, *arguments: str, **headers: str) -> AsyncIterator[Stream]:
    stream = Stream(app, *arguments, **headers)
    try:
        yield await stream.until(lambda page: "event: hello" in page.text)
    finally:
        await stream.close()


async def get(app: Any, target: str, **headers: str) -> None:
    bodies = [b""]

    async def receive() -> dict[str, Any]:
        if not bodies:
            await asyncio.Event().wait()  # it does not disconnect
        return {"type": "http.request", "body": bodies.pop(), "more_body": False}

    async def send(_: Any) -> None:
        return

    await app(scope(target, **headers), receive, send)


def test_a_page_hears_of_a_request_and_why_it_was_refused(contract: Contract) -> None:
    app = create_app(contract, Settings())

    async def watch() -> None:
        async with opened(app) as page:
            await get(app, USERS.format("C-1"), **TOKEN)
            await get(app, USERS.format("C-1"))
            await page.until(lambda own: len(own.events) == 3)
            hello, first, second = page.events
            assert hello == {"workers": 1, "contract": contract.digest}
            assert set(POLICY) <= set(page.headers)
            assert (first["method"], first["status"], first["reason"]) == ("GET", 200, "")
            assert first["target"] == USERS.format("C-1")
            assert first["headers"] == [["authorization", MASK]]
            assert second["status"] == 401
            assert "header Authorization is missing" in second["reason"]
            assert second["headers"] == []

    asyncio.run(watch())


def test_nobody_notes_requests_unless_a_page_is_open(contract: Contract) -> None:
    app = create_app(contract, Settings())

    async def watch() -> None:
        async with opened(app), opened(app):
            assert len(app.watchers) == 1
        assert app.watchers == []
        assert len(app.console.live) == 0

    asyncio.run(watch())


def test_where_requests_are_logged_a_page_shows_those_before_it_too(contract: Contract) -> None:
    app = watched(contract, Settings(log=Log.TEXT))

    async def watch() -> None:
        await get(app, USERS.format("EARLIER"), **TOKEN)
        async with opened(app) as page:
            await page.until(lambda own: len(own.events) == 2)
            assert "EARLIER" in page.events[1]["target"]

    asyncio.run(watch())


def test_a_page_that_comes_back_goes_on_where_it_was(contract: Contract) -> None:
    app = watched(contract, Settings(log=Log.TEXT))

    async def watch() -> None:
        for name in ("A-1", "A-2"):
            await get(app, USERS.format(name), **TOKEN)
        async with opened(app) as page:
            await page.until(lambda own: len(own.events) == 3)
            ids = re.findall(r"^id: (.*)$", page.text, re.MULTILINE)
        last = {"Last_Event_ID": ids[0]}
        for target, headers in (("/-/events", last), (f"/-/events?after={ids[0]}", {})):
            async with opened(app, target, **headers) as page:
                await page.until(lambda own: len(own.events) == 2)
                assert "A-2" in page.events[1]["target"]
        async with opened(app, Last_Event_ID="another.1") as page:
            await page.until(lambda own: len(own.events) == 3)

    asyncio.run(watch())


def test_a_request_of_the_list_becomes_a_scenario(contract: Contract) -> None:
    app = watched(contract, Settings(log=Log.TEXT))
    log = app.console.live

    async def watch() -> None:
        with contextlib.suppress(ConnectionCut):
            await get(app, USERS.format("COURSE-DROPPED"), **TOKEN)
        await get(app, USERS.format("C-1"), **TOKEN, Prefer="code=503, delay=5")
        async with opened(app) as page:
            await page.until(lambda own: len(own.events) == 3)
            ids = re.findall(r"^id: (.*)$", page.text, re.MULTILINE)
        dropped, late = (yaml.safe_load(scenario_text(contract, log.exchange(i))) for i in ids)
        assert 0 < dropped["drop"] < 1
        assert len(dropped["items"]) == 10
        assert late["delay"] == 0.005
        assert late["response"]["status"] == 503

    asyncio.run(watch())


def test_so_many_pages_may_listen_and_no_more(contract: Contract) -> None:
    app = create_app(contract, Settings())

    async def watch() -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(lives.MOST_LISTENERS):
                await stack.enter_async_context(opened(app))
            late = Stream(app)
            await late.until(lambda own: "close one" in own.text)
            assert late.status == 503
            await late.close()
        async with opened(app):
            pass

    asyncio.run(watch())


def test_a_page_that_does_not_read_is_dropped(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "_PATIENCE", 0.05)
    app = create_app(contract, Settings())

    async def watch() -> None:
        slow = Stream(app)
        await slow.until(lambda own: "hello" in own.text)
        slow.held = asyncio.Event()
        async with opened(app) as page:
            for _ in range(2 * lives.KEPT):
                await get(app, USERS.format("C-1"), **TOKEN)
            async with asyncio.timeout(10):
                await slow.task
            assert len(app.console.live) == 1
            await page.until(lambda own: len(own.events) > lives.KEPT)

    asyncio.run(watch())


def test_a_stub_for_others_shows_requests_under_its_own_name(contract: Contract) -> None:
    app = create_app(contract, Settings(host="0.0.0.0", allowed_hosts=("stub.example",)))  # noqa: S104

    async def watch() -> None:
        async with opened(app, Host="stub.example", Sec_Fetch_Site="same-origin"):
            pass

    asyncio.run(watch())


def test_a_reload_has_pages_ask_again(tmp_path: Path, root: Path) -> None:
    spec = tmp_path / "openapi.yaml"
    spec.write_text((root / "spec" / "openapi.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    contract = load(spec)
    settings = Settings(spec=spec, reload=True)
    reloaded = Reloaded(watched(contract, settings), contract, settings, lambda _: None)

    async def watch() -> None:
        async with opened(reloaded) as page:
            changed = spec.read_text(encoding="utf-8").replace("Production", "Elsewhere")
            spec.write_text(changed, encoding="utf-8")
            async with asyncio.timeout(30):
                await page.task
            assert page.events == [{"workers": 1, "contract": contract.digest}]
        async with opened(reloaded) as page:
            assert page.events[0]["contract"] == load(spec).digest

    asyncio.run(watch())


def test_the_stub_ends_at_once_though_a_page_is_open() -> None:
    with MockServer() as server:
        parts = urlsplit(server.url)
        page = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
        page.request("GET", "/-/events")
        answer = page.getresponse()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.readline() == b"retry: 1000\n"
        began = time.monotonic()
    assert time.monotonic() - began < 5
    page.close()


def test_a_tab_that_is_closed_leaves_nothing_behind() -> None:
    class Kept(MockServer):
        def application(self) -> Any:
            self.app = super().application()
            return self.app

    with Kept() as server:
        for _ in range(lives.MOST_LISTENERS + 1):
            with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0)) as tab:
                tab.sendall(b"GET /-/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert tab.recv(100).startswith(b"HTTP/1.1 200 OK")
            end = time.monotonic() + 10
            while len(server.app.console.live) and time.monotonic() < end:
                time.sleep(0.01)
            assert len(server.app.console.live) == 0
            assert len(server.app.watchers) == 2


def told(contract: Contract, asked: Any, reason: str = "", *tokens: str) -> Any:
    """What a page is told of a request; by default the token of the documentation is valid."""
    logger = RequestLogger(contract, Guard(contract, tokens))
    logged = logger.log(asked, StubResponse(200, (), b"", reason=reason), 0.1)
    return logger.shown(logged)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("access_token", MASK),
        ("Bearer access_token", f"Bearer {MASK}"),
        ("somebody-elses", MASK),
        ("bearer  x", f"bearer  {MASK}"),
        ("", ""),
    ],
)
def test_of_a_credential_only_its_form_is_told(contract: Contract, sent: str, shown: str) -> None:
    found = told(contract, scope("/x", Authorization=sent))
    assert found["headers"] == [("authorization", shown)]


def test_what_looks_like_a_credential_is_masked_wherever_it_stands(contract: Contract) -> None:
    target = "/x/access_token/y?page=1&apiKey=abc&X-Amz-Signature=abc&q=access_token&pass=abc"
    asked = scope(target, Cookie="session=abc", X_Api_Key="abc", Prefer="x=access_token")
    asked["headers"] += [(b"referer", b"https://page/?token=abc"), (b"x-seen", b"access_token")]
    asked["ruangkerja.body"] = b'{"password": "abc", "name": "access_token"}'
    found = told(contract, asked, "got access_token")
    assert "access_token" not in repr(found)
    assert "abc" not in repr(found)
    assert "page=1" in found["target"]
    assert ("x-api-key", "***") in found["others"]


@pytest.mark.parametrize("before", [0, 1980, 1987, 1988, 1995, 1999, 2000, 3000])
def test_a_token_that_is_cut_off_is_not_told_in_part(contract: Contract, before: int) -> None:
    text = f"{'a' * before}SESAME-1"
    asked = scope(f"/{text}?q={text}", Accept=text, Prefer=text[-295:])
    assert "SES" not in repr(told(contract, asked, text, "SESAME-1"))
    open_door = told(contract, asked, f"{text}-OPEN", "SESAME-1-OPEN")
    assert "SESAME-1-" not in open_door["reason"]


def test_a_credential_in_the_query_is_the_variable(tmp_path: Path) -> None:
    spec = tmp_path / "keyed.yaml"
    spec.write_text(KEYED, encoding="utf-8")
    found = told(load(spec), scope("/things?api%5Fkey=abc&tokens=2&a=1"), "", "SESAME-1")
    assert found["target"] == f"/things?api%5Fkey={MASK}&tokens=2&a=1"


@given(st.binary(max_size=3000), st.binary(max_size=3000), st.text(max_size=3000))
def test_whatever_is_sent_becomes_one_bounded_line(
    contract: Contract, path: bytes, query: bytes, reason: str
) -> None:
    asked = {**scope("/"), "raw_path": path, "query_string": query}
    asked["headers"] = [(b"accept", query), (b"content-length", path), (b"prefer", path)]
    event = lives._event(told(contract, asked, reason), id_="a.1")
    assert event.count(b"\n") == 3
    assert event.isascii()
    assert len(event) < 60_000
    json.loads(event.partition(b"data: ")[2])
