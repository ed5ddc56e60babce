"""The proxy as a server: in the foreground, or in a thread for tests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ...conformance.client.connection_settings import ConnectionSettings
from ...mock.process.event_loop import loop_factory, settle
from ...mock.serve.listening import listen_everywhere, url_of
from .clients import connections
from .clients.admission import Refusal
from .clients.responses import finish_headers
from .forwarder import Forwarder
from .headers import LARGEST_FIELD, LARGEST_HEAD, MOST_HEADERS
from .live import LiveJudge
from .operations import Policy
from .own_responses import OwnResponses
from .upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.typedefs import Handler

    from ...conformance.http.exchange import Exchange
    from ...conformance.http.target import Target
    from ...conformance.judging.judge import JudgeOptions
    from ...conformance.reporting.run.model import Run
    from ...spec.contract import Contract

_STARTED_WITHIN = 30.0
# Exchanges are kept as very many objects, which a collector would go through again and again.
_SELDOM = (50_000, 20, 20)
_FULL = Refusal(503, "Too many connections.")


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """What to proxy; port 0 chooses a free one, `token` is a valid one, None if unknown.

    `allowed_hosts` are names of the proxy, besides `host`, localhost and IP addresses.
    """

    contract: Contract
    target: Target
    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    policy: Policy = field(default_factory=Policy)
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    allowed_hosts: tuple[str, ...] = ()


class Proxy:
    """A proxy that serves for as long as a `with` block runs; `url` is its address.

    `tell` is called with a line for each distinct finding, `keep` with every exchange of the
    contract. Raises AddressError if the port is taken.
    """

    def __init__(
        self,
        config: ProxyConfig,
        judge_options: JudgeOptions,
        *,
        tell: Callable[[str], None] = lambda _: None,
        keep: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._config = config
        self.live = LiveJudge(
            config.contract,
            config.target,
            judge_options,
            token=config.token,
            hidden=config.connection.secrets,
            tell=tell,
            keep=keep,
            enforce=config.policy.enforce,
        )
        self._own = OwnResponses(config.contract)
        self._listening = listen_everywhere(config.host, config.port)
        address, port = self._listening[0].getsockname()[:2]
        self.url = url_of(address, port, config.host)
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] = lambda: None

    def serve(self, announce: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM comes; `announce` is called with the URL once it does."""
        self._own.prepare()
        settle()
        gc.set_threshold(*_SELDOM)
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._serve(lambda: announce(self.url), by_signal=True))
        except BaseException as error:
            with contextlib.suppress(Exception):  # the first error is the one to raise
                self.live.conclude(error)
            raise
        finally:
            for number, handler in before.items():  # the loop sets them to those of the system
                signal.signal(number, handler)

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
        ready.wait(_STARTED_WITHIN)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving; what passed can then be concluded."""
        self._stop()
        if self._thread is not None:
            self._thread.join(_STARTED_WITHIN)

    async def _serve(self, ready: Callable[[], None], *, by_signal: bool = False) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: _soon(loop, stopped)
        if by_signal:
            for number in (signal.SIGINT, signal.SIGTERM):
                with contextlib.suppress(NotImplementedError):  # there are none on Windows
                    loop.add_signal_handler(number, stopped.set)
        config = self._config
        upstream = Upstream(
            config.target, timeout=config.policy.timeout, settings=config.connection
        )
        served = connections.Clients()
        forwarder = Forwarder(upstream, self.live, self._own, config)
        runner = self._runner(forwarder, served)
        await runner.setup()
        served.server = runner.server
        trimming = loop.create_task(served.keep_trimmed())
        try:
            for listening in self._listening:
                await web.SockSite(runner, listening).start()
            ready()
            await stopped.wait()
        finally:
            trimming.cancel()
            await runner.cleanup()
            await upstream.close()
            await self.live.finish()

    def _runner(self, forwarder: Forwarder, served: connections.Clients) -> web.AppRunner:
        @web.middleware
        async def everything(request: web.Request, handler: Handler) -> web.StreamResponse:
            del handler
            with served.serving(request) as has_room:
                try:
                    if has_room:
                        response = await forwarder.handle(request)
                    else:
                        response = self._own.refused(_FULL)
                    if isinstance(response, web.Response):
                        return await connections.send(request, response)
                    return response
                finally:
                    forwarder.release(request)

        # The middleware responds to every path and method; without a route, each would cost a 404.
        app = web.Application(middlewares=[everything], logger=_logger(self.live.tell))
        app.router.add_route("*", "/{path:.*}", forwarder.handle)
        app.on_response_prepare.append(finish_headers)
        return web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            handler_cancellation=True,
            keepalive_timeout=connections.IDLE,
            lingering_time=connections.LINGERING,
            logger=app.logger,
            max_field_size=LARGEST_FIELD,
            max_headers=MOST_HEADERS,
            max_line_size=LARGEST_HEAD,
            shutdown_timeout=0,
        )


class _Telling(logging.Handler):
    """Reports in one line why a request was given up."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, HttpProcessingError):
            return
        has_left = isinstance(error, ConnectionError) and error.__cause__ is None
        if not has_left:
            self._tell(f"a request was given up: {type(error).__name__}: {error}")


def _logger(tell: Callable[[str], None]) -> logging.Logger:
    logger = logging.Logger("ruangkerja.proxy")  # noqa: LOG001 - each proxy has its own
    logger.addHandler(_Telling(tell))
    return logger


def _soon(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # it has ended in the meantime
        loop.call_soon_threadsafe(stopped.set)
