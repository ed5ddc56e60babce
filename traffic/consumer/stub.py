"""The stub of a consumer's test: it serves one freedom or fault after another at the same URL."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ...conformance.http.exchange import Exchange, Request
from ...conformance.http.exchange import Response as ExchangeResponse
from ...mock.faults import Fault, Faulty, Freedom
from ...mock.faults.context import Memory
from ...mock.faults.freedoms import answered
from ...mock.response import BODY, UNWATCHED, ConnectionCut
from ...mock.serve.server import MockServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ...mock.faults.call import Call, Headers, Response
    from ...mock.faults.context import Stub
    from ...mock.faults.freedoms import Answering
    from ...mock.response import StubResponse
    from ...mock.sequences import Sequences

Kind: TypeAlias = Freedom | Fault

_ASKED: ContextVar[tuple[Any, float]] = ContextVar("asked")
"""The scope of the request that is under way, and when it came."""
_MOST_REQUESTS = 2_000
"""How many requests of the run without a freedom are remembered."""


class ChangingStub(MockServer):
    """The stub on a port of this machine, with a freedom or a fault that can be changed."""

    faulty: Faulty
    _seen: _Seen
    _sequences: Sequences
    _watchers: Sequence[Callable[[Scope, StubResponse, float], None]]

    def application(self) -> ASGIApp:
        """Wrap the stub's application."""
        token = self.settings.tokens[0] if self.settings.tokens else self.contract.example_token
        app = super().application()
        assert self._app is not None  # noqa: S101 - it was just made
        self._sequences, self._watchers = self._app.responder.sequences, self._app.watchers
        self._seen = _Seen()
        self.faulty = faulty = Faulty(app, self.contract, None, token)

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not faulty.is_for(scope):
                await app(scope, receive, send)
                return
            _ASKED.set((scope, time.perf_counter()))
            # What a freedom asks the stub is no request of the command.
            await faulty({**scope, UNWATCHED: True}, receive, send)

        return served

    def watch(self) -> None:
        """Serve no freedom from now on, and remember the requests."""
        self._seen = _Seen()
        self._become(self._seen)

    def become(self, kind: Kind) -> None:
        """Serve a freedom or a fault from now on, as if just started."""
        self._become(_behaviour(kind))

    def _become(self, behaviour: Answering) -> None:
        async def noted(call: Call, stub: Stub) -> Response:
            response = await behaviour(call, stub)
            self._note(call, response)
            return response

        self.faulty.fault = Freedom("", "", "", noted)
        self.faulty.reset()
        self._sequences.clear()

    def _note(self, call: Call, response: Response) -> None:
        """Let the log and the control interface have a request and its response."""
        scope, began = _ASKED.get()
        scope[BODY] = call.body
        for watcher in self._watchers:
            watcher(scope, response.noted(), time.perf_counter() - began)

    @property
    def count(self) -> int:
        """How many requests of the contract were sent while this watched."""
        return self._seen.count

    def foretell(self, kind: Kind) -> Memory:
        """Return what a freedom or a fault would have counted among the requests of before.

        If it changes no response to them, no client that sends the same requests can notice it.
        """
        memory, behaviour = Memory(), _behaviour(kind)

        async def repeat() -> None:
            for call, stub in self._seen.requests:
                memory.latest = call
                with contextlib.suppress(ConnectionCut):  # a scenario drops the connection
                    await behaviour(call, replace(stub, memory=memory))
                memory.answered(call)

        self._sequences.clear()
        asyncio.run(repeat())
        return memory

    def repeated(self) -> Sequence[Exchange]:
        """Return the requests of before with the responses of the stub without a freedom."""
        found: list[Exchange] = []

        async def repeat() -> None:
            for call, stub in self._seen.requests:
                with contextlib.suppress(ConnectionCut):
                    found.append(_exchange(len(found) + 1, call, await stub.ask(call)))

        self._sequences.clear()
        asyncio.run(repeat())
        return found

    @property
    def tokens(self) -> frozenset[str]:
        """The tokens that it accepts."""
        return frozenset(self.settings.tokens) or frozenset({self.faulty.token})


def _exchange(number: int, call: Call, response: Response) -> Exchange:
    query = f"?{'&'.join(call.pairs)}" if call.pairs else ""
    target = f"{call.contract.base_path}{call.path}{query}".encode("latin-1")
    plain = response.unpacked
    return Exchange(
        number,
        Request(call.method, target, _decoded(call.headers), call.body),
        ExchangeResponse(
            plain.status, "", "HTTP/1.1", _decoded(plain.headers), plain.body, len(response.body)
        ),
        None,
        0.0,
        0.0,
    )


def _decoded(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _behaviour(kind: Kind) -> Answering:
    return kind.behaviour if isinstance(kind, Freedom) else _Counted(kind.behaviour)


@dataclass(slots=True)
class _Seen:
    """A behaviour that changes nothing and remembers the requests."""

    requests: list[tuple[Call, Stub]] = field(default_factory=list)
    count: int = 0

    async def __call__(self, call: Call, stub: Stub) -> Response:
        self.count += 1
        if self.count <= _MOST_REQUESTS:
            self.requests.append((call, stub))
        return await stub.ask(call)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The behaviour of a fault, which counts the responses that it changes."""

    behaviour: Answering

    async def __call__(self, call: Call, stub: Stub) -> Response:
        own, stub = await answered(call, stub)
        response = await self.behaviour(call, stub)
        stub.memory.touched += response.is_changed(own)
        return response
