"""Serving: the stub behind uvicorn, in a thread for tests or in the foreground for work."""

from __future__ import annotations

import contextlib
import http.client
import secrets
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.contract import Contract, load
from ..app import application, create_app
from ..settings import Settings
from . import reload, workers
from .journal import Journal
from .loopback import is_loopback
from .running import Server, config, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType
    from typing import Self

    from starlette.types import ASGIApp, Receive, Scope, Send

    from .fast_path import AtOnce, Write

_BACKLOG = 2048
_PATIENCE = 10.0
"""How long a stub may take to answer its first request, in seconds."""


class AddressError(Exception):
    """The stub cannot listen where it was told to; the message is one line."""


class MockServer:
    """The stub on a port of this machine, for as long as a `with` block runs.

    `contract` is a contract, the path of its file, or None for the built-in one. The other
    arguments are those of Settings. `url` includes the base path of the contract. Raises
    SourceError where the contract or a fixture is wrong, AddressError where the port is taken.
    """

    def __init__(
        self,
        contract: Contract | Path | str | None = None,
        *,
        tokens: Sequence[str] = (),
        fixtures: Sequence[Path | str] = (),
        **settings: Any,
    ) -> None:
        self.contract = (
            contract
            if isinstance(contract, Contract)
            else load(None if contract is None else Path(contract))
        )
        self.settings = replace(
            Settings(), tokens=tuple(tokens), fixtures=tuple(map(Path, fixtures)), **settings
        )
        self.url = ""
        self.requests = Journal()
        """The requests that were answered, oldest first."""
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def application(self) -> ASGIApp:
        """Make the application that is served; overridden where it is to be surrounded."""
        app = create_app(self.contract, self.settings)
        app.watchers += [self.requests.note, app.health.note]
        return app

    def __enter__(self) -> Self:
        """Start; return when the stub has really answered a request."""
        app = _Awaited(self.application())
        listening = listen(self.settings.host, self.settings.port)
        self._server = server = Server(config(app))
        self.url = url_of(listening, self.settings.host) + self.contract.base_path
        self._thread = threading.Thread(
            target=server.run_here, args=(listening,), name="ruangkerja-mock", daemon=True
        )
        self._thread.start()
        try:
            _wait_for_answer(listening, app, self._thread)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; open connections are closed at once."""
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
    """Serve in the foreground until a signal ends it, and give the signal's number.

    `announce` is called once with the URL, when the stub has really answered. Raises SourceError
    and AddressError as MockServer does.
    """
    contract = contract or load(settings.spec)
    warn = warn or _to_stderr
    if not is_loopback(settings.host):
        warn(f"warning: {settings.host} can be reached from other machines")
    if settings.workers > 1:
        listening = listen(settings.host, settings.port)
        url = url_of(listening, settings.host) + contract.base_path
        return workers.serve(settings, listening, lambda: announce(url), warn)
    first = application(contract, settings)
    served = reload.Reloaded(first, contract, settings, warn) if settings.reload else first
    app = _Awaited(served)
    listening = listen(settings.host, settings.port)
    server = Server(config(app))
    url = url_of(listening, settings.host) + contract.base_path

    def tell() -> None:
        with contextlib.suppress(AddressError):
            _wait_for_answer(listening, app, threading.main_thread())
            announce(url)

    threading.Thread(target=tell, daemon=True).start()
    settle()
    with server.signals():
        server.run_here(listening)
    return server.signal


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; raise AddressError where that fails."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise AddressError(f"{host} is no address of this machine: {error.strerror}") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        hint = "; --port 0 takes a free one" if port else ""
        raise AddressError(f"cannot listen on {host}:{port}: {error.strerror}{hint}") from None
    return listening


def url_of(listening: socket.socket, host: str) -> str:
    """Give the URL of a listening socket, without a path."""
    port = listening.getsockname()[1]
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - asked for by the user, and warned of
        host = "127.0.0.1" if listening.family == socket.AF_INET else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Awaited:
    """An application that answers one path of its own, to show that the server has come up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.path = f"/{secrets.token_hex(16)}"
        self._raw: bytes | None = self.path.encode()
        self._at_once: AtOnce | None = getattr(app, "at_once", None)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._raw is not None and scope.get("raw_path") == self._raw:
            self._raw = None
            return _nothing(send)
        return self._app(scope, receive, send)

    def at_once(self, scope: Scope, write: Write) -> bool:
        """Answer a request by the application, if it can at once."""
        return self._raw is None and self._at_once is not None and self._at_once(scope, write)


async def _nothing(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _wait_for_answer(listening: socket.socket, app: _Awaited, thread: threading.Thread) -> None:
    """Return when the stub answers; raise AddressError where it ended or never does."""
    address, port = listening.getsockname()[:2]
    if address in {"0.0.0.0", "::"}:  # noqa: S104 - only compared
        address = "127.0.0.1" if listening.family == socket.AF_INET else "::1"
    end = time.monotonic() + _PATIENCE
    while thread.is_alive() and time.monotonic() < end:
        connection = http.client.HTTPConnection(address, port, timeout=_PATIENCE)
        try:
            connection.request("GET", app.path, headers={"Connection": "close"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise AddressError("the stub does not answer")
