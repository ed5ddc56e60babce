"""Measure the suite: requests and time for each profile, on lists of several lengths.

    python benchmarks/suite.py [--rounds 3] [--deep SECONDS] [--markdown FILE]

The server is the stub in a separate process. The time is that of the whole command, including the
start of Python; the median of the rounds is printed.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from stub import COMMAND, OPERATION, TOKEN, running

LENGTHS = (10, 1_000, 100_000)


@dataclass(frozen=True)
class Result:
    """One run: the number of its requests, and its duration in seconds."""

    requests: int
    seconds: float
    conforming: bool


def main() -> int:
    """Run, print, and return 0 if the stub conforms."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deep", type=int, default=30, help="seconds to explore; 0 leaves it out")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    profiles = {"smoke": (), "gate": ()}
    if options.deep:
        profiles["deep"] = ("--max-time", str(options.deep))
    [parameter] = OPERATION.located("path")
    rows = ["| profile | people | requests | time |", "|---|---:|---:|---:|"]
    well = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for length in LENGTHS:
            when = f"when:\n  {parameter.name}: PEOPLE-{length}\ntotal: {length}\n"
            text = f"description: A list of {length} people.\n{when}"
            (folder / f"people-{length}.yaml").write_text(text, encoding="utf-8")
        with running("mock", "--port", "0", "--log", "off", "--fixtures", name) as (url, _):
            for profile, more in profiles.items():
                for length in LENGTHS:
                    rounds = 1 if profile == "deep" else options.rounds
                    runs = [measured(url, profile, length, more) for _ in range(rounds)]
                    well = well and all(run.conforming for run in runs)
                    seconds = statistics.median(run.seconds for run in runs)
                    asked = statistics.median_high([run.requests for run in runs])
                    rows.append(f"| {profile} | {length:,} | {asked:,} | {seconds:.1f} s |")
                    print(rows[-1], flush=True)  # noqa: T201 - print is how a script speaks
    if options.markdown:
        options.markdown.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return 0 if well else 1


def measured(url: str, profile: str, length: int, more: tuple[str, ...]) -> Result:
    """Run the command once."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "check", url, "--token", TOKEN]
        command += ["--course", f"PEOPLE-{length}", "--profile", profile, *more]
        began = time.monotonic()
        done = subprocess.run(  # noqa: S603 - our own
            [*command, "--report-dir", folder], capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - began
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    found = re.search(r"\(([\d,]+) requests in", done.stdout)
    requests = int(found[1].replace(",", "")) if found else 0
    return Result(requests, seconds, report["summary"]["exit_code"] == 0)


if __name__ == "__main__":
    sys.exit(main())
