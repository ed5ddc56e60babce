"""Measure the stub and the suite with public descriptions, which npm installs into a cache.

    python tools/corpus [--stub] [--check] [--prism] [--sample | PATTERN...] [--page FILE]

For each description, --stub sends a request to each operation of the stub, and judges the responses
with an independent validator; --check runs `ruangkerja check` against the stub; and --prism asks
Prism as --stub does. The default is --stub. --strict exits with 1 if a description does not start,
an operation fails, a body is not valid or a check does not end with 0. Exits with 0 and a message
if Node or the registry is not available.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import descriptions
import page
import prism
import stub
from measuring import Measured
from running import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERWISE = ("announced", "failed", "refused", "unasked")
_SLOWNESS = 4
"""How much longer than its processor time a measurement may take on a busy machine."""
_SHARE = 0.7
"""The part of the time for a description that is left for requests when the stub has started."""


def main() -> int:
    """Measure the chosen descriptions, and print what is found."""
    options = _options()
    for folder, wanted in ((descriptions.HERE, True), (prism.FOLDER, options.prism)):
        if wanted and (reason := descriptions.install(_cache(options.cache, folder), folder)):
            print(f"skipped: {reason}")
            return 0
    files = {descriptions.short(f, options.cache): f for f in descriptions.listed(options.cache)}
    patterns = [*options.patterns, *(descriptions.sample() if options.sample else ())] or ["*"]
    chosen = {n: f for n, f in files.items() if any(fnmatch.fnmatch(n, p) for p in patterns)}
    rows = _known(options.json)
    for part, name, result in _results(options, chosen):
        row = rows.setdefault(name, {"file": name})
        row[part] = result
        print(_line(part, name, result), flush=True)
        if options.json:
            options.json.write_text(json.dumps(list(rows.values()), indent=1))
    if options.page:
        written = page.text(list(rows.values()), prism.version(), files)
        options.page.write_text(written, encoding="utf-8")
    wrong = [f"{name}: {what}" for name in chosen for what in _wrong(rows[name])]
    if options.strict and wrong:
        print(*wrong, f"failed: {len(wrong)} of {len(chosen)}", sep="\n")
    return 1 if options.strict and wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="names of descriptions")
    parser.add_argument("--sample", action="store_true", help="measure the fixed sample")
    parser.add_argument("--stub", action="store_true", help="ask the stub")
    parser.add_argument("--check", action="store_true", help="run `ruangkerja check`")
    parser.add_argument("--prism", action="store_true", help="ask Prism")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if anything is wrong")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the results as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add all findings to FILE")
    parser.add_argument("--cache", type=Path, default=descriptions.default_cache())
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument(
        "--seconds", type=float, default=60, help="the most for each description, of processor time"
    )
    options = parser.parse_args()
    options.stub |= not (options.check or options.prism or options.page)
    return options


def _cache(cache: Path, folder: Path) -> Path:
    return cache if folder == descriptions.HERE else cache / folder.name


def _results(
    options: argparse.Namespace, chosen: dict[str, Path]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what is measured, the name of a description, and the result."""
    parts = {}
    if options.stub:
        serve = partial(stub.serve, seconds=options.seconds * _SHARE)
        parts["stub"] = [(name, partial(serve, file, name)) for name, file in chosen.items()]
    if options.check:
        parts["check"] = [(name, partial(stub.check, file)) for name, file in chosen.items()]
    for part, tasks in parts.items():
        for name, result in side_by_side(tasks, options.jobs, options.seconds * _SLOWNESS):
            yield part, name, result or _lost(part, name, options.seconds)
    if options.prism:
        with closing(prism.Prism(options.cache)) as server:
            for name, file in chosen.items():
                yield "prism", name, server.serve(file, name, options.seconds)


def _lost(part: str, name: str, seconds: float) -> dict[str, Any]:
    message = f"did not end within {seconds:g} s"
    if part == "check":
        return {"exit": None, "said": [message], "failures": [], "seconds": seconds}
    return vars(Measured(name, message=message))


def _known(file: Path | None) -> dict[str, dict[str, Any]]:
    if file is None or not file.exists():
        return {}
    return {row["file"]: row for row in json.loads(file.read_text())}


def _line(part: str, name: str, row: dict[str, Any]) -> str:
    if part == "check":
        return f"{name}: check {row['exit']} in {row['seconds']} s: {''.join(row['said'][-1:])}"
    if not row["starts"]:
        return f"{name}: does not start: {row['message'][:300]}"
    counts = ", ".join(f"{row[each]} {each}" for each in _OTHERWISE)
    return (
        f"{name}: serves {row['served']} of {row['operations']} ({counts}),"
        f" {row['valid']} of {row['bodies']} bodies valid,"
        f" {row['seconds']} s, {row['megabytes']} MB"
    )


def _wrong(row: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the results of a description."""
    served = row.get("stub")
    if served is not None:
        if not served["starts"]:
            yield f"does not start: {served['message']}"
        for trouble in served["trouble"]:
            if trouble["kind"] in {"5xx", "body", "refused", "501"}:
                yield f"{trouble['kind']} {trouble['operation']}: {trouble['message']}"
    if "check" in row and row["check"]["exit"] != 0:
        yield f"check ends with {row['check']['exit']}: {' '.join(row['check']['said'][-1:])}"


if __name__ == "__main__":
    sys.exit(main())
