"""A run that is killed leaves what was exchanged, and no report that is only half there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.helpers.backend import TOKEN, Answer, Asked, Backend, serving

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import SupportsRead

SEED = int(os.environ.get("RUANGKERJA_SEED", "20221122"))
# A run sends a few more.
EXPECTED = 180
DRAWN = random.Random(SEED)  # noqa: S311 - repeatable
# Some are killed while they send, some while they judge and write.
POINTS = [*DRAWN.sample(range(1, EXPECTED), 2), *DRAWN.sample(range(EXPECTED, EXPECTED + 80), 2)]
# As many requests are under way at once.
AT_ONCE = 2
READERS = {".json": json.load, ".har": json.load, ".xml": ET.parse}


def seconds_since(moment: float) -> float:
    return time.monotonic() - moment


def killed_at(point: int, folder: Path) -> int:
    """Kill a run when it sends a request, or so many centiseconds after its last one."""
    processes: list[subprocess.Popen[bytes]] = []
    last = [time.monotonic()]

    def change(asked: Asked, answer: Answer) -> Answer:
        last[0] = time.monotonic()
        if asked.count == point:
            processes[0].send_signal(signal.SIGKILL)
        return answer

    backend = Backend(change=change)
    with serving(backend) as url:
        command = [sys.executable, "-c", "from ruangkerja.cli import main; main()", "check", url]
        command += ["--token", TOKEN, "--course", "C-100", "--jobs", "1"]
        command += ["--report-dir", str(folder)]
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        process = processes[0]
        if point > EXPECTED:
            while (
                len(backend.asked) < EXPECTED or seconds_since(last[0]) < (point - EXPECTED) / 100
            ):
                if process.poll() is not None:
                    break
                time.sleep(0.005)
            process.kill()
        process.wait(60)
    return len(backend.asked)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_leaves_what_was_exchanged_and_no_half_report(
    point: int, tmp_path: Path
) -> None:
    """Repeat it with RUANGKERJA_SEED; the points are drawn from it."""
    (tmp_path / "junit.xml").write_text("of an earlier run")
    asked = killed_at(point, tmp_path)
    seen = []
    for path in tmp_path.rglob("*"):
        if path.is_dir() or path.name.startswith("."):
            continue  # a report under a name of its own until it is whole
        if path.name == "exchanges.ndjson.part":
            *lines, cut = path.read_text(encoding="utf-8").split("\n")
            seen = [json.loads(line) for line in lines]
            assert len(cut) == 0 or asked - len(seen) <= AT_ONCE
        elif path.suffix in READERS:
            reader: SupportsRead[str] | object
            with path.open(encoding="utf-8") as reader:
                whole = READERS[path.suffix](reader)  # type: ignore[operator]
            if path.suffix == ".har":
                seen = whole["log"]["entries"]
        elif path.suffix == ".html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    # Those that were under way when the run was killed may be missing.
    assert len(seen) >= asked - AT_ONCE
