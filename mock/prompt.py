"""Prompt answers: what needs no waiting is written as soon as the head of a request was read.

An application says that it can by a method `at_once`. uvicorn would make a task for the request,
and two messages and two writes of the answer; all of that takes longer than most answers do.
"""

from __future__ import annotations

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


class Prompt(Bounded):
    """One connection."""

    _at_once: AtOnce | None
    _waiting: RequestResponseCycle | None = None
    """The request that has a task."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._at_once = getattr(self.app, "at_once", None)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if (
            self._at_once is not None
            # One after the other, and no faster than the client takes them.
            and not self.pipeline
            and not self.flow.write_paused
            and cycle.keep_alive
            and not cycle.waiting_for_100_continue
            and self._at_once(cycle.scope, self._write)
        ):
            cycle.response_started = cycle.response_complete = True
            self.on_response_complete()
        else:
            self._waiting = cycle
            super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection; uvicorn tells the latest request alone, and not the one at work."""
        if self._waiting is not None:
            self._waiting.disconnected = True
        super().connection_lost(exc)

    def _write(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        parts = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            parts.append(_line(name, value))
        for name, value in headers:
            parts.append(_line(name, value))
        parts += (b"\r\n", body)
        self.transport.write(b"".join(parts))


@lru_cache(maxsize=1024)
def _line(name: bytes, value: bytes) -> bytes:
    """Write a header; raise ValueError where it would be more than that."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise ValueError(f"no header: {name!r}: {value!r}")
    return b"%b: %b\r\n" % (name, value)
