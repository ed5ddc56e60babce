"""Runs a load test: Locust in a process of its own, whose results are judged and reported here."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ...conformance.http.target import Target
from ...conformance.reporting.archive.recording import Recording
from ...conformance.reporting.run.model import NotJudgedError
from .journeys import callers_of, known_of
from .judging import Results
from .opening import open_lists
from .settings import VARIABLE
from .statistics import Statistics, Work, notes_of, summary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...conformance.judging.judge import JudgeOptions
    from ...conformance.reporting.run.model import Run
    from ...spec.contract import Contract
    from .settings import LoadSettings

USERS = Path(__file__).parent / "process" / "locustfile.py"
"""The file that Locust runs."""


_USAGE = 2
"""The exit code of Locust for arguments that it does not know, or whose values are wrong."""


class LocustError(Exception):
    """Locust ended without results; the message says how."""


class ArgumentsError(LocustError):
    """Locust refused its arguments; what is wrong with them is in its lines."""


@dataclass(frozen=True, slots=True)
class LoadConfig:
    """What to run.

    `settings` name the same `contract`; `arguments` are those of Locust; `limit` is for the 99th
    percentile of the response times, in milliseconds.
    """

    contract: Contract
    settings: LoadSettings
    arguments: Sequence[str]
    limit: float | None = None
    is_worker: bool = False


@dataclass(slots=True)
class _Gathered:
    """What the process of Locust wrote."""

    results: Results
    works: dict[str, Work] = field(default_factory=dict)
    end: _End | None = None

    def read(self, path: Path) -> None:
        """Take in the file that the process wrote."""
        with path.open("rb") as file:
            for line in file:
                value = msgspec.json.decode(line)
                if "worker" not in value:
                    self.end = msgspec.convert(value, _End)
                    continue
                self.results.merge(value["worker"], value["judged"])
                self.works[value["worker"]] = msgspec.convert(value["work"], Work)

    def ended(self, code: int, *, interrupted: bool) -> _End:
        """Return the end of a test that sent requests; raise as `run_load` does if it is none."""
        end = self.end
        if end is not None and end.statistics.total.requests:
            return end
        if interrupted:
            raise KeyboardInterrupt
        if end is None or code:
            raise _error(code, ", and without results")
        raise NotJudgedError("no request was sent; there may have been no worker")


class _End(msgspec.Struct, frozen=True):
    started: float
    duration: float
    ended: str
    lost: tuple[str, ...]
    statistics: Statistics


def run_load(
    config: LoadConfig, judge_options: JudgeOptions, tell: Callable[[str], None]
) -> Run | None:
    """Run a load test, and judge and report it; `tell` is called with each line of Locust.

    A worker returns None: its master reports. Raises ArgumentsError if Locust refuses its
    arguments, LocustError if it ends without results for another reason, NothingToSendError if the
    contract has nothing to send, NotJudgedError if nothing was sent, and KeyboardInterrupt if it
    was interrupted before that.
    """
    if importlib.util.find_spec("locust") is None:
        raise ModuleNotFoundError("No module named 'locust'", name="locust")
    settings = config.settings
    contract, target = config.contract, Target.parse(settings.url)
    callers = callers_of(contract, target, settings.tokens, settings.lists)
    opened = open_lists(contract, target, settings)
    judge_options = replace(judge_options, passive=True, secret=settings.tokens[0])
    with tempfile.TemporaryDirectory(prefix="ruangkerja-load-") as name:
        results, file = Path(name, "results.ndjson"), Path(name, "settings.json")
        msgspec.structs.replace(settings, results=str(results), opened=opened.lists).write(file)
        code, interrupted = _locust(config.arguments, file, tell)
        if config.is_worker:
            if code and interrupted:
                raise KeyboardInterrupt
            if code:
                raise _error(code)
            return None
        found = Results(contract, target, judge_options, known=known_of(callers))
        gathered = _Gathered(found)
        if results.exists():
            gathered.read(results)
    end = gathered.ended(code, interrupted=interrupted)
    summary = summary_of(end.statistics, gathered.works, end.duration, config.limit)
    run = gathered.results.conclude(
        started=end.started,
        duration=end.duration,
        notes=[
            *_early(end, code, interrupted=interrupted),
            *opened.notes,
            *notes_of(gathered.works, end.lost),
        ],
        ended=end.ended,
        load=summary,
    )
    if judge_options.report_dir is not None:
        labels = judge_options.published_labels
        with Recording(judge_options.report_dir, target, labels=labels) as recording:
            recording.finish(run.evidence.exchanges)
    return run


def _error(code: int, more: str = "") -> LocustError:
    if code == _USAGE:
        return ArgumentsError("Locust refused the options that follow --")
    return LocustError(f"Locust ended with exit code {code}{more}")


def _early(end: _End, code: int, *, interrupted: bool) -> Iterator[str]:
    """Yield why a test ended early, and what it left out."""
    if interrupted:
        yield f"the test was interrupted after {end.duration:.0f} s"
    elif code:
        yield f"Locust ended with exit code {code}, so files of its own may be missing"


def _locust(
    arguments: Sequence[str], settings: Path, tell: Callable[[str], None]
) -> tuple[int, bool]:
    """Run Locust to its end; return its exit code, and whether it was interrupted."""
    # -P: no module of the working directory takes the place of one of the library.
    command = [sys.executable, "-P", "-m", "locust", "-f", str(USERS), *arguments]
    with (
        subprocess.Popen(  # noqa: S603 - Locust, with arguments of the command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, VARIABLE: str(settings)},
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process,
        _interrupts_passed_to(process) as interrupts,
    ):
        for line in process.stdout or ():
            tell(line.rstrip("\n"))
        return process.wait(), bool(interrupts)


@contextmanager
def _interrupts_passed_to(process: subprocess.Popen[str]) -> Iterator[list[int]]:
    """Pass Ctrl-C on to Locust, which ends the test, so that what was judged is reported.

    Yields the list of the signals that came.
    """
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        process.send_signal(signal.SIGINT)

    # Only the main thread gets signals.
    is_main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    before: dict[int, Any] = {each: signal.signal(each, interrupt) for each in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
