"""The application with its health, its metrics and its request log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..app import create_app
from ..settings import Log
from .health import Health
from .journal import RequestLog

if TYPE_CHECKING:
    from typing import TextIO

    from ...spec.contract import Contract
    from ..application import Application
    from ..settings import Settings


def watched(contract: Contract, settings: Settings, log: TextIO | None = None) -> Application:
    """Return the application of a contract, with its requests counted and logged.

    `log` is where lines of the request log are written, None for standard error. Raises
    SourceError if the contract or a scenario cannot be served.
    """
    app = create_app(contract, settings)
    health = Health(contract, settings)
    app.beside.append(health.reply)
    app.watchers.append(health.note)
    if settings.log is not Log.OFF:
        request_log = RequestLog(contract, settings.log, log, tokens=settings.tokens)
        app.watchers.append(request_log.note)
        # From the start, so that the console shows requests from before it was opened.
        app.watchers.append(app.console.live.note)
    return app
