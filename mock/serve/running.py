"""Running: uvicorn as the stub wants it, ending at once and without noise."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import signal
from typing import TYPE_CHECKING

import uvicorn

from .fast_path import Batch, Prompt

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

_TICK = 0.1


def settle() -> None:
    """Keep what was made at the start out of the collector's way, for it stays to the end."""
    gc.collect()
    gc.freeze()


def config(app: ASGIApp) -> uvicorn.Config:
    """Give the configuration to serve an application with."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=functools.partial(Prompt, Batch()),  # type: ignore[arg-type] # it is called alone
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=0,
        # What goes wrong in the stub itself is logged by its edge.
        log_level="critical",
    )


class Server(uvicorn.Server):
    """uvicorn's server with an end of its own: at once, and without raising the signal again."""

    signal = 0
    _stopped: asyncio.Event
    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Tick ten times a second, as uvicorn does, but end when `stop` is called."""
        self._stopped, self._loop = asyncio.Event(), asyncio.get_running_loop()
        ticks = itertools.count(1)
        while not await self.on_tick(next(ticks)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End as uvicorn does, and drop what a client would not take."""
        await super().shutdown(sockets)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the handling of signals to `signals`, which works around the whole run."""
        yield

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """End the server on SIGINT and SIGTERM, and note which came."""
        before = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        self.stop()

    def stop(self) -> None:
        """End soon, whatever is going on."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended in the meantime
                self._loop.call_soon_threadsafe(self._stopped.set)

    def run_here(self, listening: socket.socket) -> None:
        """Serve in this thread until `stop` is called."""
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self.serve([listening]))
        finally:
            listening.close()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Give what makes an event loop: that of uvloop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for Windows
    except ImportError:
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
