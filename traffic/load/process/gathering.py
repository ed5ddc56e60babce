"""Gathers what the workers of a load test judged, in the master or the only process."""

from __future__ import annotations

import atexit
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import gevent
import msgspec
from gevent.event import Event
from locust.runners import MasterRunner

from ....conformance.http.target import Target
from ....conformance.judging.judge import JudgeOptions
from ....conformance.reporting.formats import terminal
from ..judging import Results
from ..messages import NEWS, PART
from ..statistics import Work, notes_of, summary_of
from .counted import statistics_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locust.env import Environment
    from locust.runners import Runner

    from ....spec.contract import Contract
    from ..settings import LoadSettings

_PATIENCE = 10.0
"""Seconds to wait for what the workers judged last."""


class Gathering:
    """The parts of all workers: written to a file, or else judged together at the end."""

    def __init__(
        self,
        environment: Environment,
        runner: Runner,
        settings: LoadSettings,
        contract: Contract,
    ) -> None:
        self._environment, self._runner, self._settings = environment, runner, settings
        self._contract = contract
        self._restart()

    def begin(self) -> None:
        """Follow the events of Locust from now on."""
        events = self._environment.events
        events.test_start.add_listener(self._started)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._stopped)
        events.quitting.add_listener(self._quitting)
        atexit.register(self._quitting)  # Locust can fail before that, at a file of its own
        self._runner.register_message(PART, self._gather)
        quit_ = self._runner.quit

        def stop_and_quit() -> None:
            # A master that quits neither stops its workers before, nor waits for what they send.
            self._runner.stop()
            quit_()

        self._runner.quit = stop_and_quit  # type: ignore[method-assign]

    def _restart(self) -> None:
        target = Target.parse(self._settings.url)
        folder = self._settings.report_dir
        options = JudgeOptions(
            passive=True,
            secret=self._settings.tokens[0],
            report_dir=None if folder is None else Path(folder),
        )
        self._results = Results(self._contract, target, options)
        self._works: dict[str, Work] = {}
        self._finished: set[str] = set()
        self._all_finished = Event()
        self._early = ""
        self._starting: object = None
        self._began, self._ended = time.time(), 0.0
        self._file = None
        if self._settings.results is not None:
            self._file = Path(self._settings.results).open("wb")  # noqa: SIM115 - `_quitting` closes it

    def _started(self, **_more: Any) -> None:
        self._restart()
        self._starting = gevent.getcurrent()

    def _stopping(self, **_more: Any) -> None:
        """Let a master start no more users: it would do so after the others were stopped."""
        starting = self._starting if isinstance(self._runner, MasterRunner) else None
        if isinstance(starting, gevent.Greenlet) and starting is not gevent.getcurrent():
            starting.kill()

    def _gather(self, msg: Any, **_more: Any) -> None:
        worker, part = str(msg.node_id), msg.data
        self._works[worker] = msgspec.convert(part["work"], Work)
        self._write({"worker": worker, **part})
        if self._file is None or isinstance(self._runner, MasterRunner):
            news = self._results.merge(worker, part["judged"])
            if news is not None and isinstance(self._runner, MasterRunner):
                self._runner.send_message(NEWS, news)
        if part["ended"] and not self._early:
            self._early = part["ended"]
            gevent.spawn(self._runner.quit)
        if part["last"]:
            self._finished.add(worker)
            if self._finished >= self._expected():
                self._all_finished.set()

    def _expected(self) -> set[str]:
        if isinstance(self._runner, MasterRunner):
            return {client.id for client in self._runner.clients.all} | self._works.keys()
        return set(self._works)

    def _stopped(self, **_more: Any) -> None:
        if isinstance(self._runner, MasterRunner):
            self._all_finished.wait(_PATIENCE)
        self._ended = time.time()

    def _quitting(self, **_more: Any) -> None:
        atexit.unregister(self._quitting)
        self._runner.stop()  # Locust itself does so later, and only if it was not stopped before
        ended = self._ended or time.time()
        end = {
            "started": self._began,
            "duration": ended - self._began,
            "ended": self._early,
            "lost": sorted(self._expected() - self._finished),
            "statistics": statistics_of(self._environment.stats, self._contract),
        }
        if self._file is not None:
            self._write(end)
            self._file.close()
        elif self._works:
            self._report(end)

    def _report(self, end: Mapping[str, Any]) -> None:
        """Report in this process, as plain Locust runs it."""
        run = self._results.conclude(
            started=end["started"],
            duration=end["duration"],
            notes=notes_of(self._works, end["lost"]),
            ended=end["ended"],
            load=summary_of(end["statistics"], self._works, end["duration"], None),
        )
        click.echo(terminal.render(run))
        self._environment.process_exit_code = int(run.exit)

    def _write(self, value: Any) -> None:
        if self._file is not None:
            self._file.write(msgspec.json.encode(value) + b"\n")
            self._file.flush()
