"""Runs the command in processes of their own, which are forked when its modules are loaded."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

# What `check` imports, and its page, are loaded once. The most memory that a forked process had is
# its own: what forked it is small, and has no part of the tests.
FORKING = """
import json, os, sys
from ruangkerja.cli import main
from ruangkerja.conformance.reporting.formats import as_html
from ruangkerja.conformance.suite import check
as_html.template(as_html._PAGE / "report.html.j2")
for line in sys.stdin:
    output, arguments = json.loads(line)
    process = os.fork()
    if not process:
        printed = os.open(output, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_APPEND)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        main(arguments)
    _, status, used = os.wait4(process, 0)
    print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_maxrss]), flush=True)
"""


@dataclass(frozen=True)
class Ended:
    """How a run ended; `memory` is the most it had, in MB, and `seconds` how long it took."""

    code: int
    output: str
    memory: float
    seconds: float


class Command:
    """The command `ruangkerja`, ready to be run any number of times."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, output: Path, *arguments: str) -> Ended:
        """Run it with these arguments; what it prints goes to a file."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        began = time.monotonic()
        print(json.dumps([str(output), arguments]), file=self._process.stdin, flush=True)
        code, memory = json.loads(self._process.stdout.readline())
        text = output.read_text(encoding="utf-8", errors="replace")
        return Ended(code, text, memory / 1024, time.monotonic() - began)
