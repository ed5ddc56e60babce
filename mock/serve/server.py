"""The stub as a server, in a thread for tests or in the foreground."""

from __future__ import annotations

import contextlib
import functools
import http.client
import logging
import secrets
import ssl
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...spec.contract import Contract, load
from ...spec.documents.folders import skipped, yaml_files
from ..access.loopback import is_loopback
from ..control.journal import Journal
from ..process.event_loop import settle
from ..process.log_stream import LogStream
from ..process.open_files import raise_limit
from ..process.workers import Supervisor, can_share
from ..settings import Settings
from .granian_server import Server
from .listening import AddressError, reachable, reserved
from .reload import Reloaded
from .request_log import dropped_line
from .watched import watched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from typing import Self, TextIO

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..application import Application
    from ..control.control import Control
    from .certificate import Certificate
    from .listening import Endpoint

_MOST_NOTES = 20
_PATIENCE = 10.0
"""The time limit for the response to the first request, in seconds."""


class MockServer:
    """The stub on a port of this machine, for as long as a `with` block runs.

    `contract` is a contract, the path of its file, or None for the built-in one. The other
    arguments are those of Settings. `url` includes the base path of the contract. Raises
    SourceError if the contract, a policy or a fixture is wrong, PolicyError if there is no such
    policy, AddressError if the port is taken, CertificateError if a certificate cannot be served.
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
        self.ca_file: Path | None = None
        """The file of the authority to trust, if `tls` made the certificate."""
        self.requests = Journal()
        """The requests that got a response, oldest first."""
        self._app: Application | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def application(self) -> ASGIApp:
        """Return the application that is served; override it to wrap the application."""
        app = watched(self.contract, self.settings, journal=self.requests)
        self._app = app
        return app

    def use(self, scenario: Mapping[str, Any] | str, *, id: str) -> None:  # noqa: A002 - as in Prefer
        """Set the scenario of the requests with an id; call it only while the stub runs.

        `scenario` is the name of a scenario, or has the members of a scenario file. With `when`,
        it also applies to requests without an id. Raises SourceError with every mistake, and
        ValueError for an id that no request can have.
        """
        chosen = {"use": scenario} if isinstance(scenario, str) else scenario
        self._running().use(id, chosen)

    def stop_using(self, *, id: str) -> None:  # noqa: A002 - as in Prefer
        """Remove the scenario of an id, and what was counted for it."""
        self._running().remove(id)

    def clear(self) -> None:
        """Remove all requests, all scenarios that were set, and all items that requests stored."""
        self.requests.clear()
        self.forget()
        self._running().clear()

    def forget(self) -> None:
        """Remove all items that requests stored."""
        self._running().stored.clear()

    def _running(self) -> Control:
        if self._app is None:
            raise RuntimeError("the stub does not run; use it within its `with` block")
        return self._app.control

    def __enter__(self) -> Self:
        """Start, and return when the stub has responded to a request."""
        app = _Awaited(self.application(), _new_path())
        settings, held = self.settings, contextlib.ExitStack()
        certificate = _certificate(settings)
        self.ca_file = certificate.authority if certificate else None
        endpoint = held.enter_context(reserved(settings.host, settings.port, certificate))
        self.url = _url(endpoint, settings, self.contract)
        self._server = server = Server(app, endpoint, settings)

        def run() -> None:
            with held:
                server.run()

        self._thread = threading.Thread(target=run, name="ruangkerja-mock", daemon=True)
        self._thread.start()
        try:
            _wait_for_response(endpoint, app.path, self._thread.is_alive)
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
) -> int:
    """Serve in the foreground until a signal ends it, and return the signal's number.

    `announce` is called once with the URL, after the first response. Raises SourceError,
    AddressError and CertificateError as MockServer does, and WorkerError if a worker cannot start.
    """
    with _log(settings) as log:
        return _Foreground(settings, contract, log).run(announce)


class _Foreground:
    """The stub in the foreground, in this process or in workers."""

    def __init__(self, settings: Settings, contract: Contract | None, log: TextIO) -> None:
        self._contract = contract or load(settings.spec, settings.policies)
        self._settings, self._log = settings, log
        self._certificate = _certificate(settings)
        self._app = watched(self._contract, settings, log)
        self._served: Application | Reloaded = self._app
        self._path = _new_path()

    def run(self, announce: Callable[[str], None]) -> int:
        settings = self._settings
        with reserved(settings.host, settings.port, self._certificate) as endpoint:
            url = _url(endpoint, settings, self._contract)
            # Written at once: a thread that writes would be in the way of forks.
            sys.stderr.writelines(f"{note}\n" for note in self._notes())

            def announce_it(alive: Callable[[], bool] = lambda: True) -> None:
                try:
                    _wait_for_response(endpoint, self._path, alive)
                except AddressError as error:
                    if alive():
                        self._warn(f"warning: {error}")
                else:
                    announce(url)

            settle()
            if settings.workers > 1 and can_share():
                work = functools.partial(self._serve, endpoint)
                supervisor = Supervisor(
                    work, settings.workers, grace=settings.grace, warn=self._warn
                )
                return supervisor.run(announce_it)
            if settings.reload:
                self._served = Reloaded(self._app, self._contract, settings, self._warn, self._log)
            threading.Thread(target=announce_it, daemon=True).start()
            return self._serve(endpoint)

    def _serve(self, endpoint: Endpoint) -> int:
        return Server(
            _Awaited(self._served, self._path),
            endpoint,
            self._settings,
            grace=self._settings.grace,
            stopping=self._served.end_streams,
        ).run_until_signal()

    def _notes(self) -> Iterator[str]:
        settings = self._settings
        if not is_loopback(settings.host):
            yield f"warning: {settings.host} can be reached from other machines"
        few = raise_limit()
        if few is not None:
            yield few
        if settings.workers > 1 and not can_share():
            yield "warning: only Linux shares a port among processes; one process serves"
        if self._app.responder.plans.is_large:
            yield "the contract is large: operations are prepared when they are first requested"
        unserved = self._app.responder.plans.unserved
        yield from _limited([f"not served (501): {id_}: {why}" for id_, why in unserved.items()])
        yield from self._app.responder.scenarios.replacements
        for folder in settings.fixtures:
            if not any(map(yaml_files, (folder, folder / "faults"))):
                yield f"warning: {folder} has no scenarios and no faults: no file is YAML or JSON"
            yield from (*skipped(folder), *skipped(folder / "faults"))
        if self._certificate is not None:
            yield from self._certificate.notes

    def _warn(self, text: str) -> None:
        self._log.write(f"{text}\n")


def _limited(notes: list[str]) -> Iterator[str]:
    yield from notes[:_MOST_NOTES]
    if len(notes) > _MOST_NOTES:
        yield f"and {len(notes) - _MOST_NOTES} more like the last one"


@contextlib.contextmanager
def _log(settings: Settings) -> Iterator[TextIO]:
    """Write the log without waiting for its reader, and what is logged in this process, too."""
    stream = LogStream(sys.stderr, functools.partial(dropped_line, settings.log))
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        yield cast("TextIO", stream)
    finally:
        logging.getLogger().removeHandler(handler)
        stream.close()


class _Awaited:
    """An application that responds to one more path, to show that the server is up."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self.path, self._raw = app, path, path.encode()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return _ready(send) if scope["raw_path"] == self._raw else self._app(scope, receive, send)


async def _ready(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _url(endpoint: Endpoint, settings: Settings, contract: Contract) -> str:
    return endpoint.url(settings.host) + contract.base_path


def _certificate(settings: Settings) -> Certificate | None:
    if not settings.tls and settings.tls_cert is None:
        return None
    # Imported here: its packages are those of the extra tls.
    from .certificate import certificate_of  # noqa: PLC0415

    return certificate_of(settings, datetime.now(UTC))


def _new_path() -> str:
    """Return a path that no client requests."""
    return f"/{secrets.token_hex(16)}"


def _wait_for_response(endpoint: Endpoint, path: str, alive: Callable[[], bool]) -> None:
    """Return when the stub responds; raise AddressError if it ended or never does."""
    end = time.monotonic() + _PATIENCE
    while alive() and time.monotonic() < end:
        connection = _connection(endpoint)
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


def _connection(endpoint: Endpoint) -> http.client.HTTPConnection:
    address, port = reachable(endpoint.addresses[0]), endpoint.port
    if endpoint.certificate is None:
        return http.client.HTTPConnection(address, port, timeout=_PATIENCE)
    # It asks whether this process responds; nobody has to trust the certificate for that.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(address, port, timeout=_PATIENCE, context=context)
