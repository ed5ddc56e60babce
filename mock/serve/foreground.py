"""The stub in the foreground, until a signal ends it: in one process, in workers, or reloaded."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import threading
from typing import TYPE_CHECKING, cast

from ...spec.contract import Contract, load
from ...spec.documents.folders import skipped, yaml_files
from ..access.loopback import is_loopback
from ..process.event_loop import settle
from ..process.log_stream import LogStream
from ..process.open_files import raise_limit
from ..process.workers import Supervisor, can_share
from .granian_server import Server
from .https import certificate_for
from .listening import AddressError, reserved
from .readiness import Awaited, new_path, wait_for_response
from .reload import Reloaded
from .request_log import dropped_line
from .watched import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from ..application import Application
    from ..settings import Settings
    from .listening import Endpoint

_MOST_NOTES = 20


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
        self._certificate = certificate_for(settings)
        self._app = watched(self._contract, settings, log)
        self._served: Application | Reloaded = self._app
        self._path = new_path()

    def run(self, announce: Callable[[str], None]) -> int:
        settings = self._settings
        with reserved(settings.host, settings.port, self._certificate) as endpoint:
            url = endpoint.url(settings.host) + self._contract.base_path
            # Written at once: a thread that writes would be in the way of forks.
            sys.stderr.writelines(f"{note}\n" for note in self._notes())

            def announce_it(alive: Callable[[], bool] = lambda: True) -> None:
                try:
                    wait_for_response(endpoint, self._path, alive)
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
            Awaited(self._served, self._path),
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
