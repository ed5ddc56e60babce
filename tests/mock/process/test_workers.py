"""The processes of one stub: they start, are replaced, and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares ports")

SUPERVISE = """
import os, signal, sys, time
from ruangkerja.mock.process import workers
workers._FIRST_PAUSE, workers._LONGEST_PAUSE = 0.05, 0.15
def say(text):
    os.write(1, f"{text}\\n".encode())
def work():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    say(os.getpid())
    WORK
supervisor = workers.Supervisor(work, 2, grace=1.0, warn=say)
try:
    sys.exit(supervisor.run(lambda alive: time.sleep(0.2)))
except workers.WorkerError as error:
    say(error)
"""


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    script = SUPERVISE.replace("WORK", request.param)
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def lines(process: subprocess.Popen[str], number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(number)]


@pytest.mark.parametrize("started", ["time.sleep(60)"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent_however_it_ends(
    started: subprocess.Popen[str], number: signal.Signals
) -> None:
    pids = lines(started, 2)
    assert all(pid.isdigit() for pid in pids)
    time.sleep(0.3)
    started.send_signal(number)
    # The output ends when the last process has ended that could write to it.
    output, _ = started.communicate(timeout=10)
    assert output == ""
    assert started.returncode == (number if number == signal.SIGTERM else -number)


@pytest.mark.parametrize("started", ["sys.exit(3)"], indirect=True)
def test_a_worker_that_cannot_start_is_one_line(started: subprocess.Popen[str]) -> None:
    output, _ = started.communicate(timeout=10)
    assert output.splitlines()[2:] == ["worker 1 ended with exit code 3 before it served"]


@pytest.mark.parametrize("started", ["time.sleep(0.4)"], indirect=True)
def test_workers_that_keep_ending_are_replaced_after_longer_and_longer_pauses(
    started: subprocess.Popen[str],
) -> None:
    found: list[str] = []
    while sum("worker 1" in line for line in found) < 3:
        found += lines(started, 1)
    started.terminate()
    started.communicate(timeout=10)
    assert [line for line in found if "worker 1" in line] == [
        f"worker 1 ended with exit code 0; another one starts in {pause} s"
        for pause in ("0.05", "0.1", "0.15")
    ]


@pytest.mark.parametrize("started", ["time.sleep(60)"], indirect=True)
def test_a_worker_that_is_killed_is_replaced(started: subprocess.Popen[str]) -> None:
    first, second = lines(started, 2)
    time.sleep(0.3)
    os.kill(int(first), signal.SIGKILL)
    told, third = lines(started, 2)
    assert "was ended by SIGKILL; another one starts in 0.05 s" in told
    assert third not in {first, second}
