"""Serving the proxy: in the foreground for work, in a thread for tests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import h11

from ...mock.serve.running import loop_factory, settle
from ...mock.serve.server import listen, url_of
from .forward import Forwarder
from .live import LiveJudge
from .messages import CHUNK, MessageStream
from .operations import Policy
from .own_responses import OwnResponses
from .upstream import Upstream

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable
    from types import TracebackType

    from ...conformance.http.exchange import Exchange
    from ...conformance.http.target import Target
    from ...conformance.report.model import Run
    from ...conformance.suite.judge import JudgeOptions
    from ...spec.contract import Contract

MOST_CONNECTIONS = 512
"""Clients' connections at one time; more are closed at once."""
_PATIENCE = 30.0
# What passes is kept, in very many objects: the collector would go through them for each page anew.
_SELDOM = (50_000, 20, 20)


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """What to proxy; port 0 takes a free one, and `token` is the valid one where it is known."""

    contract: Contract
    target: Target
    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    policy: Policy = field(default_factory=Policy)
    verify: ssl.SSLContext | None = None


class Proxy:
    """A proxy for as long as it serves; `url` is where it listens.

    `tell` is given a line for each distinct finding, `keep` every exchange of the contract. Raises
    AddressError where the port is taken.
    """

    def __init__(
        self,
        config: ProxyConfig,
        judge_options: JudgeOptions,
        *,
        tell: Callable[[str], None] = lambda _: None,
        keep: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.live = LiveJudge(
            config.contract, config.target, judge_options, token=config.token, tell=tell, keep=keep
        )
        policy = config.policy
        self._upstream = Upstream(config.target, timeout=policy.timeout, verify=config.verify)
        own = OwnResponses(config.contract)
        self._forwarder = Forwarder(self._upstream, self.live, own, policy)
        self._listening: socket.socket = listen(config.host, config.port)
        self.url = url_of(self._listening, config.host)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] = lambda: None

    def serve(self, announce: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM comes; `announce` is called with the URL once it does."""
        settle()
        gc.set_threshold(*_SELDOM)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._serve(lambda: announce(self.url), by_signal=True))

    def conclude(self) -> Run:
        """Judge everything that passed, and write the reports."""
        return self.live.conclude()

    def __enter__(self) -> Self:
        """Serve in a thread."""
        ready = threading.Event()

        def run() -> None:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._serve(ready.set))

        self._thread = threading.Thread(target=run, name="ruangkerja-proxy", daemon=True)
        self._thread.start()
        ready.wait(_PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving; what passed can then be concluded."""
        self._stop()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    async def _serve(self, ready: Callable[[], None], *, by_signal: bool = False) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: _soon(loop, stopped)
        if by_signal:
            for number in (signal.SIGINT, signal.SIGTERM):
                with contextlib.suppress(NotImplementedError):  # there are none on Windows
                    loop.add_signal_handler(number, stopped.set)
        server = await loop.create_server(self._protocol, sock=self._listening)
        try:
            ready()
            await stopped.wait()
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._upstream.close()
            await self.live.finish()

    def _protocol(self) -> asyncio.Protocol:
        reader = asyncio.StreamReader(limit=CHUNK)

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._tasks) >= MOST_CONNECTIONS:
                writer.close()
                return
            client = MessageStream(reader, writer, h11.SERVER)
            task = asyncio.get_running_loop().create_task(self._connection(client, protocol.gone))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        protocol = _Protocol(reader, connected)
        return protocol

    async def _connection(self, client: MessageStream, gone: asyncio.Event) -> None:
        """Serve a client for as long as it is there."""
        loop = asyncio.get_running_loop()
        serving = loop.create_task(self._forwarder.serve(client))
        leaving = loop.create_task(gone.wait())
        try:
            await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            serving.cancel()
            leaving.cancel()
            ended, _ = await asyncio.gather(serving, leaving, return_exceptions=True)
            if isinstance(ended, Exception):
                self.live.tell(f"a connection was given up: {type(ended).__name__}: {ended}")
            client.close()


class _Protocol(asyncio.StreamReaderProtocol):
    """A stream that also tells when the other side has left."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
    ) -> None:
        super().__init__(reader, connected)
        self.gone = asyncio.Event()

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


def _soon(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # it has ended in the meantime
        loop.call_soon_threadsafe(stopped.set)
