"""Several processes that serve on one port; only Linux lets them share it.

They are forks of this process, so all serve the same contract, even if its file has changed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING

from . import signals

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkProcess
    from types import FrameType

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds until a worker that ended is replaced; the pause doubles while its replacements end."""
_STABLE = 60.0
"""Seconds after which a worker counts as stable, so that the next pause is the first again."""
_MARGIN = 2.0
"""Seconds that a worker has to end after its grace is over."""


class WorkerError(Exception):
    """A worker could not start; the message is one line."""


def can_share() -> bool:
    """Whether processes can serve on one port together."""
    return sys.platform == "linux"


@dataclass(slots=True)
class _Worker:
    """The process that has a number, and when it is replaced."""

    process: ForkProcess
    started: float
    pause: float = 0.0
    due: float | None = None


class Supervisor:
    """Runs `work` in some processes, and replaces those that end.

    `grace` are the seconds that they need to end; `warn` is called with a line for each that ended.
    """

    def __init__(
        self, work: Callable[[], object], number: int, *, grace: float, warn: Callable[[str], None]
    ) -> None:
        self._work, self._number = work, number
        self._grace, self._warn = grace, warn
        self._signal = 0
        self._workers: list[_Worker] = []
        self._wake, self._waker = os.pipe()
        # Only this process holds the other end, so the workers see when it ends, however it does.
        self._alive, self._life = os.pipe()

    def run(self, started: Callable[[Callable[[], bool]], None]) -> int:
        """Run until a signal comes, and return the signal.

        `started` is called when all run, with a function that says whether they still do. Raises
        WorkerError if one of them has ended before `started` returns.
        """
        with signals.handled(self._on_signal):
            try:
                self._workers = [self._start() for _ in range(self._number)]
                started(self._all_run)
                if not self._signal:
                    self._raise_if_ended()
                while not self._signal:
                    self._tend()
            finally:
                self._end()
        for descriptor in (self._wake, self._waker, self._alive, self._life):
            os.close(descriptor)
        return self._signal

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        os.write(self._waker, b"\0")

    def _all_run(self) -> bool:
        return not self._signal and all(each.process.is_alive() for each in self._workers)

    def _raise_if_ended(self) -> None:
        for number, worker in enumerate(self._workers, 1):
            if not worker.process.is_alive():
                raise WorkerError(f"worker {number} {_ending(worker.process)} before it served")

    def _start(self) -> _Worker:
        process = multiprocessing.get_context("fork").Process(target=self._run_work)
        process.start()
        return _Worker(process, time.monotonic())

    def _run_work(self) -> None:
        for number in signals.ending():
            signal.signal(number, signal.SIG_DFL)
        os.close(self._life)
        threading.Thread(target=self._end_with_parent, daemon=True).start()
        self._work()

    def _end_with_parent(self) -> None:
        os.read(self._alive, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _tend(self) -> None:
        """Wait until something happens, and replace the workers that are due."""
        now = time.monotonic()
        pauses = [each.due - now for each in self._workers if each.due is not None]
        running = [each.process.sentinel for each in self._workers if each.due is None]
        timeout = max(0.0, min(pauses)) if pauses else None
        connection.wait([self._wake, *running], timeout)
        for number, worker in enumerate(self._workers, 1):
            if worker.due is None and not worker.process.is_alive() and not self._signal:
                self._plan(number, worker)
            elif worker.due is not None and worker.due <= time.monotonic() and not self._signal:
                pause = worker.pause
                worker = self._workers[number - 1] = self._start()  # noqa: PLW2901
                worker.pause = pause

    def _plan(self, number: int, worker: _Worker) -> None:
        now = time.monotonic()
        worked = now - worker.started > _STABLE or not worker.pause
        worker.pause = _FIRST_PAUSE if worked else min(2 * worker.pause, _LONGEST_PAUSE)
        worker.due = now + worker.pause
        how = _ending(worker.process)
        self._warn(f"worker {number} {how}; another one starts in {worker.pause:g} s")

    def _end(self) -> None:
        """End all workers; those that take too long are killed."""
        processes = [each.process for each in self._workers]
        for process in processes:
            process.terminate()
        end = time.monotonic() + self._grace + _MARGIN
        for process in processes:
            process.join(max(0.0, end - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.join()


def _ending(process: ForkProcess) -> str:
    code = process.exitcode or 0
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
