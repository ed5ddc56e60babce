"""Measure the stub and the suite with public descriptions, which npm installs into a cache.

    python tools/corpus [--cache FOLDER] [--json FILE] [--check | --only-check] [PATTERN...]

Prints a line for each description: whether the stub starts, how many operations it serves, how
many bodies an independent validator accepts, and, with --check, how `ruangkerja check` ends.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import descriptions
import stub
from measuring import Measured
from running import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable

_OTHERWISE = ("announced", "failed", "refused", "unasked")
_SHARE = 0.7
"""The part of the time for a description that is left for requests when the stub has started."""


def main() -> int:
    """Measure the chosen descriptions, and print what is found."""
    options = _options()
    if reason := descriptions.install(options.cache):
        print(f"skipped: {reason}")
        return 0
    files = {descriptions.short(f, options.cache): f for f in descriptions.listed(options.cache)}
    chosen = {name: file for name, file in files.items() if _matches(name, options.patterns)}
    rows = _known(options.json)
    parts: list[Any] = []
    if not options.only_check:
        seconds = options.seconds * _SHARE
        parts.append([(name, partial(stub.serve, f, name, seconds)) for name, f in chosen.items()])
    if options.check or options.only_check:
        parts.append([(name, partial(stub.check, file)) for name, file in chosen.items()])
    for tasks in parts:
        for name, result in side_by_side(tasks, options.jobs, options.seconds):
            row = rows.setdefault(name, vars(Measured(name)))
            row |= result or {"message": f"did not end within {options.seconds:g} s"}
            print(_line(row), flush=True)
            if options.json:
                options.json.write_text(json.dumps(list(rows.values()), indent=1))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="names of descriptions")
    parser.add_argument("--cache", type=Path, default=descriptions.default_cache())
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all findings to FILE")
    parser.add_argument("--check", action="store_true", help="run `ruangkerja check` as well")
    parser.add_argument("--only-check", action="store_true", help="run `ruangkerja check` alone")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--seconds", type=float, default=60, help="the most for each description")
    return parser.parse_args()


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _known(file: Path | None) -> dict[str, dict[str, Any]]:
    if file is None or not file.exists():
        return {}
    return {row["file"]: row for row in json.loads(file.read_text())}


def _line(row: dict[str, Any]) -> str:
    if "check" in row:
        last = row["said"][-1] if row["said"] else ""
        return f"{row['file']}: check {row['check']} in {row['check_seconds']} s: {last}"
    if not row["starts"]:
        return f"{row['file']}: does not start: {row['message'][:300]}"
    counts = ", ".join(
        f"{row[name]} {name}" for name in ("announced", "failed", "refused", "unasked")
    )
    return (
        f"{row['file']}: serves {row['served']} of {row['operations']} ({counts}),"
        f" {row['valid']} of {row['bodies']} bodies valid,"
        f" {row['seconds']} s, {row['megabytes']} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
