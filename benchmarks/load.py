"""Measure load tests: what one worker judges, and what three do together.

    python benchmarks/load.py [--time SECONDS] [--users N] [--markdown FILE]

The server is the stub in a separate process, with pages of ten users by default. Each worker has as
many users, whether it is alone or not. All processes share the cores of this machine, so three
workers on two cores cannot send three times as much: the last column says how much they would judge
if each had a core of its own, from the processor time that a response takes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil
from stub import COMMAND, TOKEN, running, show

WORKERS = (1, 3)
WANTED = 2.2
"""Times what one worker judges that three have to judge."""


@dataclass(frozen=True)
class Result:
    """One run; times are processor seconds."""

    workers: int
    judged: int
    rate: float
    judging: float
    processor: float
    server: float
    conforming: bool

    @property
    def capacity(self) -> float:
        """How many responses a second the workers judge if each has a core of its own."""
        return self.workers * self.judged / self.processor


def main() -> int:
    """Run, print, and return 0 if three workers judge enough."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--time", type=int, default=20, help="seconds for each run")
    parser.add_argument("--users", type=int, default=30, help="users of each worker")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    with running("mock", "--port", "0", "--log", "off") as (url, server):
        results = [
            measured(url, server, each, options.time, options.users * each) for each in WORKERS
        ]
    one, several = results
    rows = [
        "| Workers | Responses judged | A second | Judging | Server | With a core each, a second |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    rows += [
        f"| {each.workers} | {each.judged:,} | {each.rate:,.0f} | {each.judging:.0%} | "
        f"{each.server / (each.processor + each.server):.0%} | {each.capacity:,.0f} |"
        for each in results
    ]
    times = several.capacity / one.capacity
    told = f"With a core each, {several.workers} workers judge {times:.2f} times what one does."
    show([*rows, "", told], options.markdown)
    return 0 if times >= WANTED and all(each.conforming for each in results) else 1


def measured(url: str, server: int, workers: int, seconds: int, users: int) -> Result:
    """Run one load test, as fast as it goes."""
    before = _processor(server)
    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "load", url, "--rate", "0", "--users", str(users), "--seed", "0"]
        command += ["--spawn-rate", str(users), "--time", f"{seconds}s", "--report-dir", folder]
        command += ["--processes", str(workers)]
        subprocess.run(  # noqa: S603 - our own
            command, env={**os.environ, "RUANGKERJA_TOKEN": TOKEN}, capture_output=True, check=False
        )
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    load = report["load"]
    return Result(
        load["workers"],
        load["judged"],
        load["rate"],
        load["judging"],
        load["processor"],
        _processor(server) - before,
        report["summary"]["exit_code"] == 0,
    )


def _processor(pid: int) -> float:
    """Return the processor time of a process and its children, in seconds."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    sys.exit(main())
