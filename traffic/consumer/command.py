"""Runs a command in a process group of its own, of which nothing is left when it has ended."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MARK = "RUANGKERJA_RUN"
"""The environment variable by which the processes of a run are found, wherever they are."""
_MOST_BYTES = 65_536
"""How much of the end of the output is kept."""
_GRACE = 2.0
"""The seconds that processes may take to end by themselves."""
_POLL = 0.02
_HAS_GROUPS = os.name == "posix"


class CommandError(Exception):
    """The command cannot be started; the message is one line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: `code` is None if it took too long, `lines` are the last of its output.

    A command that a signal ended has the number of the signal below 0 as its code.
    """

    code: int | None
    seconds: float
    lines: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.code == 0


def run(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float, most_lines: int
) -> Ended:
    """Run a command and return how it ended; raise CommandError if it cannot be started.

    All processes that it started have ended then, also if this is interrupted.
    """
    mark = secrets.token_hex(16)
    began = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - who tests a page gives the command
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, _MARK: mark},
            start_new_session=_HAS_GROUPS,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{arguments[0]} cannot be run: {reason}") from None
    tail = _Tail(process)
    try:
        code: int | None = process.wait(timeout)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        seconds = time.monotonic() - began
        _end(process, mark)
    return Ended(code, seconds, tuple(tail.lines()[-most_lines:]))


class _Tail:
    """The end of what a process prints, read in a thread."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._thread = threading.Thread(target=self._read, name="consumer-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 - it is a pipe
        with stream, contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), _MOST_BYTES):
                self._parts.append(data)
                self._size += len(data)
                while self._size - len(self._parts[0]) > _MOST_BYTES:
                    self._size -= len(self._parts.popleft())

    def lines(self) -> list[str]:
        """Return the last lines, without those that are empty."""
        # A process that got away may keep the pipe open.
        self._thread.join(_GRACE)
        text = b"".join(self._parts)[-_MOST_BYTES:].decode("utf-8", "replace")
        return [line.rstrip() for line in text.splitlines() if line.strip()]


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """End a process and all that it started: those of its group, and those that left it."""
    if _HAS_GROUPS:
        end = time.monotonic() + _GRACE
        if _signal(process, signal.SIGTERM):
            while process.poll() is None or _has_left(process.pid):
                if time.monotonic() >= end:
                    break
                time.sleep(_POLL)
            _signal(process, signal.SIGKILL)
        for left in _marked(mark):
            with contextlib.suppress(OSError):
                os.kill(left, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _has_left(group: int) -> bool:
    """Whether processes of a group run; those that have ended and wait to be noticed do not."""
    if sys.platform != "linux":
        try:
            os.killpg(group, 0)
        except OSError:
            return False
        return True
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of the program, in parentheses, can contain anything.
            state, _, number = file.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(number) == group and state != "Z":
                return True
    return False


def _signal(process: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to the group of a process; return whether there is one."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # the latter is how macOS says the same
        return False
    return True


def _marked(mark: str) -> Iterator[int]:
    """Yield the processes with a mark in their environment, where the system shows that."""
    if sys.platform != "linux":
        return
    wanted = f"{_MARK}={mark}".encode()
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in file.read_bytes().split(b"\0"):
                yield int(file.parent.name)
