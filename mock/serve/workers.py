"""Workers: several processes that serve on one socket, and give the same bytes."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from multiprocessing import connection
from typing import TYPE_CHECKING

from ...spec.contract import load
from ..app import application
from .running import Server, config, settle

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import FrameType

    from starlette.types import Receive, Scope, Send

    from ..application import Application
    from ..settings import Settings

_SPAWN = multiprocessing.get_context("spawn")
_PATIENCE = 5.0


class _Ended(BaseException):
    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


def serve(
    settings: Settings,
    listening: socket.socket,
    announce: Callable[[], None],
    tell: Callable[[str], None],
) -> int:
    """Serve with as many processes as the settings say, until a signal ends them; give its number.

    A worker that dies is replaced, and that is told.
    """
    team: list[_Worker] = []
    before = {n: signal.signal(n, _raise) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        team += [_Worker(settings, listening) for _ in range(settings.workers)]
        for worker in team:
            worker.wait_until_ready()
        announce()
        while True:
            ended = connection.wait([worker.process.sentinel for worker in team])
            for number, worker in enumerate(team):
                if worker.process.sentinel in ended:
                    tell(f"a worker ended with {worker.process.exitcode}; another takes its place")
                    team[number] = _Worker(settings, listening)
                    team[number].wait_until_ready()
    except _Ended as end:
        return end.number
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        for worker in team:
            worker.process.terminate()
        for worker in team:
            worker.process.join(_PATIENCE)
        listening.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _frame: FrameType | None) -> None:
    raise _Ended(number)


class _Worker:
    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._ready, theirs = _SPAWN.Pipe(duplex=False)
        self.process: SpawnProcess = _SPAWN.Process(
            target=_work, args=(settings, listening, theirs), daemon=True
        )
        self.process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        """Return when the worker serves, or has ended."""
        with contextlib.suppress(EOFError):
            self._ready.recv()
        self._ready.close()


def _work(settings: Settings, listening: socket.socket, ready: Connection) -> None:
    # Ctrl-C reaches the whole group; who started the workers ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = _Announced(application(load(settings.spec), settings), ready)
    server = Server(config(app))
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    settle()
    server.run_here(listening)


class _Announced:
    """An application that says when the server has called it for the first time: at its start."""

    def __init__(self, app: Application, ready: Connection) -> None:
        self._app, self._ready = app, ready
        self.at_once = app.at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._ready.send(True)
            self._ready.close()
        await self._app(scope, receive, send)
