"""The stub as a server in a thread, for tests."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.contract import Contract, load
from ..control.journal import Journal
from ..settings import Settings
from .granian_server import Server
from .https import certificate_for
from .listening import reserved
from .readiness import PATIENCE, Awaited, new_path, wait_for_response
from .watched import watched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from starlette.types import ASGIApp

    from ..application import Application
    from ..control.control import Control


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
        app = Awaited(self.application(), new_path())
        settings, held = self.settings, contextlib.ExitStack()
        certificate = certificate_for(settings)
        self.ca_file = certificate.authority if certificate else None
        endpoint = held.enter_context(reserved(settings.host, settings.port, certificate))
        self.url = endpoint.url(settings.host) + self.contract.base_path
        self._server = server = Server(app, endpoint, settings)

        def run() -> None:
            with held:
                server.run()

        self._thread = threading.Thread(target=run, name="ruangkerja-mock", daemon=True)
        self._thread.start()
        try:
            wait_for_response(endpoint, app.path, self._thread.is_alive)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and close open connections at once."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(PATIENCE)
            self._server = self._thread = None
