"""Runs measurements side by side, each in a process of its own with a time limit."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PATIENCE = 5
_FORK = multiprocessing.get_context("fork")


def side_by_side(
    tasks: Iterable[tuple[str, Callable[[], dict[str, Any]]]], jobs: int, seconds: float
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield the name and the result of each task, None if it took longer or ended without one."""
    left = list(tasks)[::-1]
    running: list[tuple[str, Any, Any, float]] = []
    while left or running:
        while left and len(running) < jobs:
            name, task = left.pop()
            mine, its = _FORK.Pipe(duplex=False)
            process = _FORK.Process(target=_run, args=(task, its))
            process.start()
            its.close()
            running.append((name, process, mine, time.monotonic() + seconds))
        multiprocessing.connection.wait([each[2] for each in running], timeout=0.5)
        for each in list(running):
            name, process, mine, deadline = each
            over = time.monotonic() > deadline
            if not mine.poll() and process.is_alive() and not over:
                continue
            try:
                result = mine.recv() if mine.poll() else None
            except EOFError:
                result = None
            if over:
                process.kill()
            process.join(_PATIENCE)
            running.remove(each)
            mine.close()
            yield name, result


def _run(task: Callable[[], dict[str, Any]], pipe: Any) -> None:
    os.nice(10)
    pipe.send(task())
    pipe.close()
    os._exit(0)  # without what other threads still have to do
