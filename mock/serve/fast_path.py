"""Prompt answers: what needs no waiting is answered without a task, and written in one piece.

An application says that it can by a method `at_once`. uvicorn would make a task for the request,
and two messages and two writes of the answer; all of that takes longer than most answers do.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from .bounded import Bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    Write: TypeAlias = Callable[[int, Iterable[tuple[bytes, bytes]], bytes], None]
    """Writes a whole answer: its status, its headers with Content-Length, and its body."""
    AtOnce: TypeAlias = Callable[[Any, Write], bool]
    """Answers a request, given as its scope, by one call of `write`, or gives False."""


log = logging.getLogger("ruangkerja.mock")

_WHAT = ("method", "path")
_MOST = 64
"""How many answers wait for each other to be written."""


class Batch:
    """The requests of all connections that came in one turn of the loop.

    They are answered one after another, and only then written: whatever answering needs stays
    in the caches of the processor, which a call of the system between two answers would empty.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Prompt, RequestResponseCycle]] = []

    def add(self, connection: Prompt, cycle: RequestResponseCycle) -> None:
        """Have a request answered at the end of this turn."""
        if not self._waiting:
            connection.loop.call_soon(self._answer)
        self._waiting.append((connection, cycle))

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), _MOST):
            some = waiting[start : start + _MOST]
            answers = [connection.answered(cycle) for connection, cycle in some]
            for (connection, cycle), answer in zip(some, answers, strict=True):
                try:
                    connection.finish(cycle, answer)
                except Exception:
                    log.exception("%s %s was not answered", *map(cycle.scope.get, _WHAT))
                    connection.transport.abort()


class Prompt(Bounded):
    """One connection."""

    _running: RequestResponseCycle | None = None
    """The request that has a task."""

    def __init__(self, batch: Batch, **options: Any) -> None:
        super().__init__(**options)
        self._batch = batch
        self._at_once: AtOnce | None = getattr(self.app, "at_once", None)
        self._answer = b""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if (
            self._at_once is None
            or app is not self.app
            # No faster than the client takes them.
            or self.flow.write_paused
            or not cycle.keep_alive
            or cycle.waiting_for_100_continue
        ):
            self._running = cycle
            super()._start_asgi_task(cycle, app)
        else:
            self._batch.add(self, cycle)

    def answered(self, cycle: RequestResponseCycle) -> bytes:
        """Give the answer to a request, b'' where there is none at once."""
        if cycle.disconnected or self._at_once is None:
            return b""
        self._answer = b""
        return self._answer if self._at_once(cycle.scope, self._write) else b""

    def finish(self, cycle: RequestResponseCycle, answer: bytes) -> None:
        """Write an answer, or have a task find one."""
        if self.transport.is_closing():
            return
        if answer:
            cycle.response_started = cycle.response_complete = True
            self.transport.write(answer)
            if not cycle.keep_alive:  # the server has begun to end
                self.transport.close()
            self.on_response_complete()
        else:
            self._running = cycle
            super()._start_asgi_task(cycle, self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection; uvicorn tells the latest request alone, and not the one at work."""
        if self._running is not None:
            self._running.disconnected = True
        super().connection_lost(exc)

    def _write(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        parts = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            parts.append(_line(name, value))
        for name, value in headers:
            parts.append(_line(name, value))
        parts += (b"\r\n", body)
        self._answer = b"".join(parts)


@lru_cache(maxsize=1024)
def _line(name: bytes, value: bytes) -> bytes:
    """Write a header; raise ValueError where it would be more than that."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise ValueError(f"no header: {name!r}: {value!r}")
    return b"%b: %b\r\n" % (name, value)
