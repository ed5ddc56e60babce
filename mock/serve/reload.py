"""Reloading: an edited contract or scenario is served without a restart.

If it cannot be served, the mistake is reported, and the last good version stays.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...spec.contract import DEFAULT, load
from ...spec.documents.folders import yaml_files
from ...spec.documents.problems import SourceError
from ...spec.register import DEFAULT as REGISTER
from ..scenarios.scenarios import FOLDER
from .watched import watched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path
    from typing import TextIO

    from starlette.types import Receive, Scope, Send

    from ...spec.contract import Contract
    from ..application import Application
    from ..settings import Settings

_EVERY = 0.3
"""The interval at which the files are checked, in seconds."""

Seen = tuple[tuple[str, int, int, int, int], ...]


class Reloaded:
    """An application that is replaced when one of its files changes."""

    def __init__(
        self,
        app: Application,
        contract: Contract,
        settings: Settings,
        tell: Callable[[str], None],
        log: TextIO | None = None,
    ) -> None:
        self._app, self._settings, self._tell, self._log = app, settings, tell, log
        self._spec, self._policies = contract.path, [each.path for each in contract.policies]
        self._parts = contract.source.files
        self._seen = self.look()
        threading.Thread(target=self._watch, daemon=True, name="ruangkerja-reload").start()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one ASGI connection with the latest good version."""
        return self._app(scope, receive, send)

    def end_streams(self) -> None:
        """End all event streams of the latest version soon."""
        self._app.end_streams()

    def look(self) -> Seen:
        """Return the names, times, sizes and inodes of the files."""
        return tuple(sorted(self._stats()))

    def _stats(self) -> Iterator[tuple[str, int, int, int, int]]:
        for path in self._files():
            try:
                stat = path.stat()
            except OSError:
                continue  # an editor may remove it for a moment when it saves
            # An edit that keeps the time and the size sets the time of the change.
            yield str(path), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino

    def _files(self) -> Iterator[Path]:
        yield self._spec
        yield self._spec.with_name(REGISTER.name)
        yield from self._policies
        yield from self._parts
        for folder in (FOLDER, *self._settings.fixtures):
            yield from (*yaml_files(folder), *yaml_files(folder / "faults"))

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(_EVERY):
            self.refresh()

    def refresh(self) -> bool:
        """Replace the application if a file has changed; return whether it was replaced."""
        seen = self.look()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            spec = None if self._spec == DEFAULT else self._spec
            contract, before = load(spec, self._settings.policies), self._app
            app = watched(contract, self._settings, self._log, before.control.journal)
            app.control.take_over(before.control)
            self._parts = contract.source.files
            self._app = app
        except SourceError as error:
            self._tell(f"{error}\nthe last good version stays")
            return False
        except Exception as error:  # noqa: BLE001 - no file may end the stub
            self._tell(
                f"{self._spec}: {type(error).__name__}: {error}\nthe last good version stays"
            )
            return False
        before.end_streams()  # open consoles reconnect to the new one
        known = before.responder.scenarios.replacements
        added = [each for each in app.responder.scenarios.replacements if each not in known]
        self._tell("\n".join(["reloaded", *added]))
        return True
