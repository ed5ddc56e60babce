"""A client that calls the application without a network, as the server would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from ruangkerja.mock.app import create_app
from ruangkerja.mock.settings import Settings

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

TOKEN = "access_token"  # noqa: S105 - the example of the documentation
USERS = "/ruangkerja/dashboard/courses/{}/online/users"


@dataclass(frozen=True)
class Received:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Calls an application; the token of the documentation is sent unless told otherwise."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(
        self,
        target: str,
        method: str = "GET",
        body: bytes = b"",
        token: str | None = TOKEN,
        **headers: str,
    ) -> Received:
        raw = [(k.lower().replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        if token is not None:
            raw.append((b"authorization", token.encode()))
        return self.raw(target.encode(), method, raw, body)

    def raw(
        self,
        target: bytes,
        method: str = "GET",
        headers: list[tuple[bytes, bytes]] | None = None,
        body: bytes = b"",
    ) -> Received:
        path, _, query = target.partition(b"?")
        headers = list(headers or ())
        if all(name != b"host" for name, _ in headers):
            headers.append((b"host", b"127.0.0.1:8080"))
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "http_version": "1.1",
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        sent: list[Any] = []
        bodies = [body]

        async def receive() -> dict[str, Any]:
            if not bodies:
                await asyncio.Event().wait()  # it does not disconnect
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        start = sent[0]
        headers_ = {k.decode(): v.decode("latin-1") for k, v in start["headers"]}
        return Received(start["status"], headers_, b"".join(m.get("body", b"") for m in sent[1:]))

    def users(
        self, course: str = "C-1", page: object = 1, size: object = 10, **more: Any
    ) -> Received:
        return self(f"{USERS.format(course)}?page={page}&pageSize={size}", **more)


MakeCaller = Callable[..., Caller]


@pytest.fixture(scope="session")
def caller(contract: Contract) -> MakeCaller:
    def make(of: Contract | None = None, **settings: Any) -> Caller:
        return Caller(create_app(of or contract, Settings(**settings)))

    return make


@pytest.fixture(scope="session")
def call(caller: MakeCaller) -> Caller:
    """The stub of the built-in contract, as it comes."""
    return caller()
