"""The HTTP server: granian. No other module of the package imports it.

Its embedded server runs in an event loop of this process; its other server runs processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import multiprocessing
import signal
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server as EmbeddedServer

from ..response import drop
from .event_loop import loop_factory

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from starlette.types import ASGIApp, Receive, Scope, Send

LARGEST_HEAD = 256 * 1024
"""The maximum size of a request line with headers, in bytes; larger ones get 414 or 431."""

_LOGGER = "_granian"
_GRACE = 0.2
"""Seconds until a connection is closed whose client does not read the response."""
_OPTIONS: dict[str, Any] = {
    # The application has nothing to do at the start or the end, so it needs no lifespan.
    "interface": Interfaces.ASGINL,
    "http": HTTPModes.http1,
    "http1_settings": HTTP1Settings(max_buffer_size=LARGEST_HEAD),
    "websockets": False,
    "backlog": 2048,
    # The application logs its own errors. Configuring logging again would close the handlers of
    # this process.
    "log_dictconfig": {"incremental": True, "handlers": {}},
}


class Server:
    """A server that runs in the thread that calls `run`.

    `address` is an IP address.
    """

    signal = 0
    """The signal that ended it, 0 for none."""

    def __init__(self, app: ASGIApp, address: str, port: int) -> None:
        self._app, self._address, self._port = app, address, port
        self._in_flight: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()

    def run(self) -> None:
        """Serve until `stop` is called."""
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._serve())

    def run_until_signal(self) -> int:
        """Serve until SIGINT or SIGTERM comes or `stop` is called; return the signal, or 0."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            self.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return self.signal

    def stop(self) -> None:
        """Stop soon; may be called from any thread, and more than once."""
        if self._loop is None:
            self._stopped.set()
        else:
            with contextlib.suppress(RuntimeError):  # it has already ended
                self._loop.call_soon_threadsafe(self._stopped.set)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        self.stop()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        embedded = EmbeddedServer(
            self._respond,
            address=self._address,
            port=self._port,
            log_enabled=False,
            **_OPTIONS,
        )
        serving = self._loop.create_task(embedded.serve())
        stopped = self._loop.create_task(self._stopped.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        embedded.stop()  # type: ignore[no-untyped-call] # it has no annotations
        for task in self._in_flight:
            task.cancel()
        await asyncio.wait({serving}, timeout=_GRACE)
        if serving.done():
            serving.result()

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        self._in_flight.add(task)  # type: ignore[arg-type] # there is one
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            await drop(send)
            raise
        finally:
            self._in_flight.discard(task)


def supervise(  # noqa: PLR0913 - two of them by name
    make_app: Callable[[], ASGIApp],
    address: str,
    port: int,
    workers: int,
    *,
    started: Callable[[], None],
    warn: Callable[[str], None],
) -> int:
    """Serve with several processes until SIGINT or SIGTERM comes, and return its number.

    `make_app` is called in each of them, so it has to be picklable. A process that dies is replaced
    after a call of `warn`; if it dies again at once, all processes end.
    """
    # Imported here: most servers have only one process.
    from granian import Granian  # noqa: PLC0415

    ended_by = [0]
    server = Granian(
        "",
        address=address,
        port=port,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=1,
        log_level=LogLevels.error,
        **_OPTIONS,
    )
    log = logging.getLogger(_LOGGER)
    log.addHandler(_Told(warn))
    log.propagate = False

    def before_start() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, functools.partial(note, signal.getsignal(number)))
        started()

    def note(end: Any, number: int, frame: FrameType | None) -> None:
        ended_by[0] = number
        end(number, frame)

    server.on_startup(before_start)
    # A fork of a process with threads may wait forever for a lock that one of them held.
    multiprocessing.set_start_method("spawn", force=True)
    server.serve(target_loader=functools.partial(_quiet, make_app), wrap_loader=False)
    return ended_by[0]


def _quiet(make_app: Callable[[], ASGIApp]) -> ASGIApp:
    """Return the application of a worker process, whose granian log is discarded."""
    logging.getLogger(_LOGGER).setLevel(logging.CRITICAL + 1)
    return make_app()


class _Told(logging.Handler):
    """Passes messages on."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())
