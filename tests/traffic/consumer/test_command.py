"""Commands of a consumer's test: nothing is left of them, however they end."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from ruangkerja.traffic.consumer import command
from ruangkerja.traffic.consumer.command import CommandError, Ended

PATIENCE = 30.0


def run(script: str, *, timeout: float = PATIENCE, lines: int = 40) -> Ended:
    return command.run(["/bin/sh", "-c", script], dict(os.environ), timeout, lines)


def is_there(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_the_last_lines_and_the_exit_code_are_kept() -> None:
    ended = run("echo one; echo; echo two >&2; echo three; exit 7", lines=2)
    assert (ended.code, ended.lines) == (7, ("two", "three"))
    assert not ended.passed


def test_output_without_end_takes_little_memory() -> None:
    script = "i=0; while [ $i -lt 300 ]; do printf '%01000d\\n' $i; i=$((i+1)); done"
    assert len("".join(run(script, lines=10_000).lines)) <= command._MOST_BYTES


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_nothing_that_a_command_started_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_GRACE", 0.2)
    away = "setsid" if shutil.which("setsid") else ""
    script = f"sleep 600 & echo $!; {away} sleep 600 & echo $!; (trap '' TERM; sleep 600) & echo $!"
    ended = run(script)
    assert ended.passed
    pids = [int(each) for each in ended.lines]
    assert len(pids) == 3
    end = time.monotonic() + PATIENCE
    while any(map(is_there, pids)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(map(is_there, pids))


def test_a_command_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_GRACE", 0.2)
    ended = run("echo begun; trap '' TERM; while :; do sleep 1; done", timeout=0.3)
    assert ended.code is None
    assert ended.seconds < PATIENCE


@pytest.mark.parametrize("name", ["no-such-command-here", "/", "nul\0byte"])
def test_a_command_that_cannot_be_run_is_named(name: str) -> None:
    with pytest.raises(CommandError, match="cannot be run"):
        command.run([name], dict(os.environ), PATIENCE, 1)


def test_an_interrupt_ends_the_command_as_well() -> None:
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run("sleep 600")
    assert time.monotonic() - began < PATIENCE
