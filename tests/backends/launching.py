"""Backends as processes: started, told what to do, and ended with their input."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TOKEN = "Tk-9b1e07c4a52d8f36"  # noqa: S105 - it opens nothing but these backends
COURSE = "K3-DASAR-2022"
OTHER_COURSE = "EXCEL-101"
PEOPLE = 1234
COURSES = {COURSE: PEOPLE, OTHER_COURSE: 3}
PATIENCE = 30


@dataclass(frozen=True)
class Program:
    """How a backend is started; the token and the courses are put behind the command."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Running:
    """A backend at work."""

    url: str
    process: subprocess.Popen[str]

    def tell(self, what: str) -> None:
        """Have something done, and wait until it is."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(what, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n"


@contextlib.contextmanager
def started(program: Program, bug: str = "") -> Iterator[Running]:
    """Start a backend, with a mistake made in it if one is named."""
    courses = [f"{serial}={count}" for serial, count in COURSES.items()]
    process = subprocess.Popen(
        [*map(str, program.command), TOKEN, *courses],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if bug else None,
        env={**os.environ, **program.environment, "BUG": bug},
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on "), f"{program.name} said {line!r}"
        yield Running(f"http://127.0.0.1:{int(line.split()[-1])}", process)
    finally:
        process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
