"""A stream for logs whose writers never wait, even if nobody reads what it writes."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

from ...spec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

MOST = 1024 * 1024
"""The maximum size of what waits to be written, in characters; more is dropped and counted."""
_PATIENCE = 0.5
"""Seconds in which the last lines have to be written when the process ends."""
_IDLE = 0.3
"""Seconds without lines after which the thread ends; the next line starts another one."""


class LogStream(io.TextIOBase):
    """Writes to another stream in a thread; `dropped` makes a line from the number of lost ones."""

    def __init__(self, stream: TextIO, dropped: Callable[[int], str]) -> None:
        self._out = _output_of(stream)
        self._notice = dropped
        self._reset()
        # A forked process has none of the threads, and what waits is written by its parent.
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._size = self._lost = 0
        self._ended = False
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> int:
        """Keep a line until it is written, or drop it if too much is waiting."""
        text = visible(text)
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._write, daemon=True, name="ruangkerja-log"
                )
                self._thread.start()
            if self._size + len(text) > MOST:
                self._lost += 1
            else:
                self._waiting.append(text)
                self._size += len(text)
                self._changed.notify()
        return len(text)

    def close(self) -> None:
        """Write what is waiting, if that does not take long."""
        with self._changed:
            self._ended = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _has_work(self) -> bool:
        return bool(self._waiting or self._lost or self._ended)

    def _write(self) -> None:
        changed = self._changed
        while True:
            with changed:
                if not changed.wait_for(self._has_work, _IDLE):
                    self._thread = None  # a process without threads can fork
                    return
                text, size = "".join(self._waiting), self._size
                self._waiting.clear()
                lost, self._lost = self._lost, 0
            if not size and not lost:
                return
            if lost:
                text += f"{self._notice(lost)}\n"
            with contextlib.suppress(OSError, ValueError):  # its reader has ended, or it is closed
                self._out(text)
            with changed:
                self._size -= size


def _output_of(stream: TextIO) -> Callable[[str], object]:
    """Return what writes to a stream: to its file itself, as a stream is locked while it waits.

    The end of the process would wait for that lock, or fail.
    """
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return lambda text: (stream.write(text), stream.flush())
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"

    def write(text: str) -> None:
        data = text.encode(encoding, "backslashreplace")
        while data:
            data = data[os.write(number, data) :]

    return write
