"""The stub as a server, in a thread for tests or in the foreground."""

from __future__ import annotations

import contextlib
import functools
import http.client
import secrets
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.contract import Contract, load
from ..http.loopback import is_loopback
from ..settings import Settings
from .event_loop import settle
from .granian_server import Server, supervise
from .journal import Journal
from .listening import AddressError, reachable, reserved, url_of
from .reload import Reloaded
from .watched import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from starlette.types import ASGIApp, Receive, Scope, Send

_PATIENCE = 10.0
"""The time limit for the response to the first request, in seconds."""


class MockServer:
    """The stub on a port of this machine, for as long as a `with` block runs.

    `contract` is a contract, the path of its file, or None for the built-in one. The other
    arguments are those of Settings. `url` includes the base path of the contract. Raises
    SourceError if the contract, a policy or a fixture is wrong, PolicyError if there is no such
    policy, AddressError if the port is taken.
    """

    def __init__(
        self,
        contract: Contract | Path | str | None = None,
        *,
        tokens: Sequence[str] = (),
        fixtures: Sequence[Path | str] = (),
        **settings: Any,
    ) -> None:
        self.settings = replace(
            Settings(), tokens=tuple(tokens), fixtures=tuple(map(Path, fixtures)), **settings
        )
        policies = self.settings.policies
        if not isinstance(contract, Contract):
            contract = load(None if contract is None else Path(contract), policies)
        elif policies:
            contract = contract.under(policies)
        self.contract = contract
        self.url = ""
        self.requests = Journal()
        """The requests that got a response, oldest first."""
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def application(self) -> ASGIApp:
        """Return the application that is served; override it to wrap the application."""
        app = watched(self.contract, self.settings)
        app.watchers.append(self.requests.note)
        return app

    def __enter__(self) -> Self:
        """Start, and return when the stub has responded to a request."""
        app = _Awaited(self.application(), _new_path())
        settings, held = self.settings, contextlib.ExitStack()
        address, port = held.enter_context(reserved(settings.host, settings.port))
        self.url = url_of(address, port, settings.host) + self.contract.base_path
        self._server = server = Server(app, address, port)

        def run() -> None:
            with held:
                server.run()

        self._thread = threading.Thread(target=run, name="ruangkerja-mock", daemon=True)
        self._thread.start()
        try:
            _wait_for_response(address, port, app.path, self._thread.is_alive)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and close open connections at once."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(_PATIENCE)
            self._server = self._thread = None


def serve(
    settings: Settings,
    announce: Callable[[str], None],
    *,
    contract: Contract | None = None,
    warn: Callable[[str], None] | None = None,
) -> int:
    """Serve in the foreground until a signal ends it, and return the signal's number.

    `announce` is called once with the URL, after the first response. Raises SourceError
    and AddressError as MockServer does.
    """
    contract = contract or load(settings.spec, settings.policies)
    warn = warn or _to_stderr
    if not is_loopback(settings.host):
        warn(f"warning: {settings.host} can be reached from other machines")
    app, path = watched(contract, settings), _new_path()
    with reserved(settings.host, settings.port) as (address, port):
        url = url_of(address, port, settings.host) + contract.base_path

        def announce_it() -> None:
            with contextlib.suppress(AddressError):
                _wait_for_response(address, port, path)
                announce(url)

        announcing = threading.Thread(target=announce_it, daemon=True)
        if settings.workers > 1:
            make = functools.partial(_worker, settings, path)
            return supervise(
                make, address, port, settings.workers, started=announcing.start, warn=warn
            )
        served = Reloaded(app, contract, settings, warn) if settings.reload else app
        announcing.start()
        settle()
        return Server(_Awaited(served, path), address, port).run_until_signal()


def _worker(settings: Settings, path: str) -> ASGIApp:
    """Return the application of one of several processes."""
    app = _Awaited(watched(load(settings.spec, settings.policies), settings), path)
    settle()
    return app


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class _Awaited:
    """An application that responds to one more path, to show that the server is up."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self.path, self._raw = app, path, path.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["raw_path"] == self._raw:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send)


def _new_path() -> str:
    """Return a path that no client requests."""
    return f"/{secrets.token_hex(16)}"


def _wait_for_response(
    address: str, port: int, path: str, alive: Callable[[], bool] = lambda: True
) -> None:
    """Return when the stub responds; raise AddressError if it ended or never does."""
    end = time.monotonic() + _PATIENCE
    while alive() and time.monotonic() < end:
        connection = http.client.HTTPConnection(reachable(address), port, timeout=_PATIENCE)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise AddressError("the stub does not respond")
