"""The live list: the latest requests, kept for a while and sent to open pages as they come.

Nobody who listens can hold up an answer or make memory grow: who reads too slowly is cut off, and
a browser then asks again from where it was.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

from ..http.response import StubResponse
from .noted import RequestLogger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from starlette.types import Receive, Scope, Send

    from ...spec.contract import Contract
    from ..http.security import Guard
    from ..settings import Settings
    from .noted import LoggedRequest

    Watchers: TypeAlias = list[Callable[[Scope, StubResponse, float], None]]

MOST_LISTENERS = 16
KEPT = 200
"""Requests that are kept for pages that are opened later, and that may wait for a slow page."""
_BEAT = 15.0
"""Seconds until a line is sent that says nothing, which shows whether anybody still listens."""
_PATIENCE = 10.0
"""Seconds that a page may take to read what it was sent."""
_BUSY = 503
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class LiveRequests:
    """The latest requests of this process, and the pages that watch them come."""

    def __init__(
        self, contract: Contract, guard: Guard, settings: Settings, watchers: Watchers
    ) -> None:
        self._noting = RequestLogger(contract, guard)
        self._watchers = watchers
        self._kept: deque[tuple[int, LoggedRequest]] = deque(maxlen=KEPT)
        self._count = 0
        self._listeners: set[_Listener] = set()
        self._asked_for = False
        self._name = secrets.token_hex(4)
        """Tells the numbers of this process from those of another one, or of one before it."""
        self._hello = _event({"workers": settings.workers, "contract": contract.digest}, "hello")

    def __len__(self) -> int:
        """Count the pages that listen."""
        return len(self._listeners)

    def note(self, scope: Scope, reply: StubResponse, took: float) -> None:
        """Keep a request, and wake those who listen."""
        self._count += 1
        self._kept.append((self._count, self._noting.noted(scope, reply, took)))
        for listener in self._listeners:
            listener.wake()

    def close(self) -> None:
        """Have all streams end soon; may be called from any thread."""
        for listener in list(self._listeners):
            listener.end()

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> StubResponse | None:
        """Send requests as they come until the page is gone; the reply where there are too many."""
        if len(self._listeners) >= MOST_LISTENERS:
            text = f"{MOST_LISTENERS} pages show the requests already; close one of them"
            kind = "text/plain; charset=utf-8"
            return StubResponse.of(_BUSY, text.encode(), kind, more=(("Retry-After", "5"),))
        listener = _Listener(self._after(scope))
        self._enter(listener)
        gone = asyncio.ensure_future(_gone(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._feed(listener, send)
        finally:
            gone.cancel()
            self._leave(listener)
        return None

    async def _feed(self, listener: _Listener, send: Send) -> None:
        await _write(send, b"retry: 1000\n\n" + self._hello)
        while not listener.ended:
            listener.woken.clear()
            text = b"".join(self._new(listener))
            if not await _write(send, text or b":\n\n"):
                return
            if listener.at < self._count:
                continue
            try:
                await asyncio.wait_for(listener.woken.wait(), _BEAT)
            except TimeoutError:
                continue
        await _write(send, b"", more=False)

    def _new(self, listener: _Listener) -> Iterator[bytes]:
        for number, noted in self._kept:
            if number > listener.at:
                listener.at = number
                yield _event(self._noting.told(noted), id_=f"{self._name}.{number}")

    def _after(self, scope: Scope) -> int:
        """Give the number of the last request that a page has been told of, 0 for none."""
        told = [value for name, value in scope["headers"] if name == b"last-event-id"]
        told += [scope["query_string"].removeprefix(b"after=")]
        name, _, number = told[0].decode("latin-1").partition(".")
        mine = name == self._name and number.isascii() and number.isdecimal() and len(number) < 16  # noqa: PLR2004
        return min(int(number), self._count) if mine else 0

    def _enter(self, listener: _Listener) -> None:
        self._listeners.add(listener)
        # Where nobody else wants to know of requests, none is noted until somebody looks.
        if self.note not in self._watchers:
            self._watchers.append(self.note)
            self._asked_for = True

    def _leave(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        if self._asked_for and not self._listeners:
            self._watchers.remove(self.note)
            self._asked_for = False


class _Listener:
    """An open page: the number of the last request it was told of."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.ended = False
        self.woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        self.woken.set()

    def end(self) -> None:
        self.ended = True
        self._loop.call_soon_threadsafe(self.woken.set)


async def _gone(receive: Receive, listener: _Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.ended = True
    listener.woken.set()


async def _write(send: Send, text: bytes, *, more: bool = True) -> bool:
    """Send a part, or cut the connection of a page that does not read; say whether it was sent."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await send({"type": "http.response.body", "body": text, "more_body": more})
    except TimeoutError:
        # What waits to be sent would be kept for as long as the connection: it is taken down.
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
        return False
    return True


def _event(data: Any, name: str = "", id_: str = "") -> bytes:
    """Write an event of `text/event-stream`; JSON has no line breaks of its own."""
    lines: Iterable[str] = (
        *([f"event: {name}"] if name else ()),
        *([f"id: {id_}"] if id_ else ()),
        f"data: {json.dumps(data)}",
    )
    return ("\n".join(lines) + "\n\n").encode()
