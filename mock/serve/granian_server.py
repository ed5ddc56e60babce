"""The HTTP server: granian. No other module of the package imports it.

Its embedded server runs in an event loop of this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server as EmbeddedServer

from ..process import signals
from ..process.event_loop import loop_factory
from ..process.open_files import most_connections
from ..response import drop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..settings import Settings
    from .listening import Endpoint

LARGEST_HEAD = 256 * 1024
"""The maximum size of a request line with headers, in bytes; larger ones get 414 or 431."""
_HEAD_TIMEOUT = 30.0
"""Seconds that a client has for a request line with headers if connections are not kept open."""
_UNREAD = 0.2
"""Seconds until a connection is closed whose client does not read the response."""
_OPTIONS: dict[str, Any] = {
    # The application has nothing to do at the start or the end, so it needs no lifespan.
    "interface": Interfaces.ASGINL,
    "http": HTTPModes.http1,
    "websockets": False,
    "backlog": 2048,
    # The application logs its own errors. Configuring logging again would close the handlers of
    # this process.
    "log_enabled": False,
    "log_dictconfig": {"incremental": True, "handlers": {}},
}


class Server:
    """A server that runs in the thread that calls `run`.

    When it stops, it calls `stopping` and waits `grace` seconds for requests in flight. Then it
    closes their connections. With a certificate it serves HTTPS, and HTTP/2 to those who want it.
    """

    signal = 0
    """The signal that ended it, 0 for none."""

    def __init__(
        self,
        app: ASGIApp,
        endpoint: Endpoint,
        settings: Settings,
        *,
        grace: float = 0.0,
        stopping: Callable[[], None] | None = None,
    ) -> None:
        self._app, self._grace, self._stopping = app, grace, stopping
        # The time-out of the head is that of an idle connection, too.
        alive = settings.keep_alive
        http1 = HTTP1Settings(
            keep_alive=alive > 0,
            header_read_timeout=round(1000 * (alive or _HEAD_TIMEOUT)),
            max_buffer_size=LARGEST_HEAD,
        )
        self._options = {
            **_OPTIONS,
            "http1_settings": http1,
            # More wait to be accepted until one of these ends.
            "backpressure": most_connections(),
        }
        certificate = endpoint.certificate
        if certificate is not None:
            self._options |= {
                "http": HTTPModes.auto,
                "http2_settings": HTTP2Settings(max_headers_size=LARGEST_HEAD),
                "ssl_cert": certificate.file,
                "ssl_key": certificate.key,
                "ssl_protocol_min": SSLProtocols.tls12,
            }
        self._endpoint = endpoint
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped, self._hurried = asyncio.Event(), asyncio.Event()

    def run(self) -> None:
        """Serve until `stop` is called."""
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._serve())

    def run_until_signal(self) -> int:
        """Serve until a signal comes or `stop` is called; return the signal, or 0."""
        with signals.handled(self._on_signal):
            self.run()
        return self.signal

    def stop(self) -> None:
        """Stop soon; may be called from any thread. A second call ends the wait for requests."""
        event = self._hurried if self._stopped.is_set() else self._stopped
        if self._loop is None:
            event.set()
        else:
            with contextlib.suppress(RuntimeError):  # it has already ended
                self._loop.call_soon_threadsafe(event.set)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        # The second SIGINT, from a person, ends the wait; a supervisor may send SIGTERM as well.
        if not self.signal or number == signal.SIGINT:
            self.stop()
        self.signal = self.signal or number

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        servers = [
            EmbeddedServer(
                self._respond, address=address, port=self._endpoint.port, **self._options
            )
            for address in self._endpoint.addresses
        ]
        serving = [self._loop.create_task(server.serve()) for server in servers]
        stopped = self._loop.create_task(self._stopped.wait())
        # They begin now, and with them granian's own tasks; requests come later.
        await asyncio.sleep(0)
        own = asyncio.all_tasks()
        await asyncio.wait({*serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for server in servers:
            server.stop()  # type: ignore[no-untyped-call] # it has no annotations
        if self._grace and self._stopped.is_set():
            await self._finish(serving)
        for task in asyncio.all_tasks() - own:
            task.cancel()
        await asyncio.wait(serving, timeout=_UNREAD)
        for each in serving:
            if each.done():
                each.result()

    async def _finish(self, serving: Sequence[asyncio.Task[None]]) -> None:
        """Wait until all requests in flight have their responses, or the grace is over."""
        if self._stopping is not None:
            self._stopping()
        finished = asyncio.ensure_future(asyncio.wait(serving))
        hurried = asyncio.ensure_future(self._hurried.wait())
        await asyncio.wait(
            {finished, hurried}, timeout=self._grace, return_when=asyncio.FIRST_COMPLETED
        )
        for each in (finished, hurried):
            each.cancel()

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            await drop(scope, send)
            raise
