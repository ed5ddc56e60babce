"""The application with its health, its metrics and its request log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..app import create_app
from ..settings import Log
from .health import Health
from .request_log import RequestLog

if TYPE_CHECKING:
    from typing import TextIO

    from ...spec.contract import Contract
    from ..application import Application
    from ..control.journal import Journal
    from ..settings import Settings


def watched(
    contract: Contract,
    settings: Settings,
    log: TextIO | None = None,
    journal: Journal | None = None,
) -> Application:
    """Return the application of a contract, with its requests counted, kept and logged.

    `log` is where lines of the request log are written, None for standard error. `journal` keeps
    the requests, None for a new one. Raises SourceError if the contract or a scenario cannot be
    served.
    """
    app = create_app(contract, settings)
    app.control.journal = journal = app.control.journal if journal is None else journal
    health = Health(contract, settings)
    app.pages.more.append(health.reply)
    app.watchers.append(health.note)
    if settings.workers == 1:
        app.watchers.append(journal.note)
    if settings.log is not Log.OFF:
        request_log = RequestLog(contract, settings.log, log, tokens=settings.tokens)
        app.watchers.append(request_log.note)
        # From the start, so that the console shows requests from before it was opened.
        app.watchers.append(app.console.live.note)
    return app
