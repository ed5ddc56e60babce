"""The live list: the latest requests, which open pages receive as events.

A page cannot delay a response or make memory grow: a page that reads too slowly is disconnected,
and its browser reconnects where it stopped.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

from ..access.own_pages import POLICY
from ..http.error_response import ErrorResponse
from ..response import StubResponse
from .request_log import RequestLogger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from starlette.types import Receive, Scope, Send

    from ...spec.contract import Contract
    from ..access.security import Guard
    from ..settings import Settings
    from .exchange import Exchange
    from .request_log import LoggedRequest

    Watchers: TypeAlias = list[Callable[[Scope, StubResponse, float], None]]

MOST_LISTENERS = 16
KEPT = 200
"""The number of requests that are kept for pages that open later or read slowly."""
_BEAT = 15.0
"""Seconds between empty lines, which show whether the page is still there."""
_PATIENCE = 10.0
"""Seconds that a page may take to read an event."""
_GONE, _BUSY = 404, 503
_HEADERS = (
    *POLICY,
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
)


class LiveRequests:
    """The latest requests of this process, and the pages that receive them."""

    def __init__(
        self, contract: Contract, guard: Guard, settings: Settings, watchers: Watchers
    ) -> None:
        self._logger = RequestLogger(contract, guard)
        self._watchers = watchers
        self._kept: deque[tuple[int, LoggedRequest]] = deque(maxlen=KEPT)
        self._count = 0
        self._listeners: set[_Listener] = set()
        self._is_watching = False
        self._name = secrets.token_hex(4)
        """Tells the numbers of this process from those of others, and of earlier ones."""
        self._hello = _event({"workers": settings.workers, "contract": contract.digest}, "hello")

    def __len__(self) -> int:
        """Return the number of open pages."""
        return len(self._listeners)

    def note(self, scope: Scope, reply: StubResponse, took: float) -> None:
        """Keep a request, and send it to the open pages."""
        self._count += 1
        self._kept.append((self._count, self._logger.log(scope, reply, took)))
        for listener in self._listeners:
            listener.wake()

    def exchange(self, id_: str) -> Exchange:
        """Return the exchange of an event; raise ErrorResponse if it is not kept any more."""
        for number, noted in list(self._kept):  # may be called from any thread
            if id_ == f"{self._name}.{number}":
                return self._logger.exchange(noted)
        what = f"the stub keeps the last {KEPT} requests, and not this one"
        raise ErrorResponse(_GONE, "Request is not found", what)

    def close(self) -> None:
        """End all streams soon; may be called from any thread."""
        for listener in list(self._listeners):
            listener.end()

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> StubResponse | None:
        """Send requests until the page is closed; return a response if too many pages are open."""
        if len(self._listeners) >= MOST_LISTENERS:
            text = f"{MOST_LISTENERS} pages already show the requests; close one of them"
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
                yield _event(self._logger.shown(noted), id_=f"{self._name}.{number}")

    def _after(self, scope: Scope) -> int:
        """Return the number of the last request that a page has received, 0 for none."""
        sent = [value for name, value in scope["headers"] if name == b"last-event-id"]
        sent += [scope["query_string"].removeprefix(b"after=")]
        name, _, number = sent[0].decode("latin-1").partition(".")
        mine = name == self._name and number.isascii() and number.isdecimal() and len(number) < 16  # noqa: PLR2004
        return min(int(number), self._count) if mine else 0

    def _enter(self, listener: _Listener) -> None:
        self._listeners.add(listener)
        # Requests are recorded only while a page is open, or if anything else needs them.
        if self.note not in self._watchers:
            self._watchers.append(self.note)
            self._is_watching = True

    def _leave(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        if self._is_watching and not self._listeners:
            self._watchers.remove(self.note)
            self._is_watching = False


class _Listener:
    """An open page, and the number of the last request it received."""

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
    """Send an event, and return True; disconnect a page that does not read it."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await send({"type": "http.response.body", "body": text, "more_body": more})
    except TimeoutError:
        return False
    return True


def _event(data: Any, name: str = "", id_: str = "") -> bytes:
    """Return an event of `text/event-stream`; its JSON has no line breaks."""
    lines: Iterable[str] = (
        *([f"event: {name}"] if name else ()),
        *([f"id: {id_}"] if id_ else ()),
        f"data: {json.dumps(data)}",
    )
    return ("\n".join(lines) + "\n\n").encode()
