"""The folder of the reports: none of an earlier run is left in it, however a run ends.

Before the first request, reports without results take the place of those of an earlier run: they
say that the run has not finished. A run that finishes replaces them, and `end` those that are still
there after another ending. They need neither a contract nor a server, so nothing can prevent them.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .... import __version__
from ....spec.documents.writing import make_folder, overwrite, write
from ....spec.visible import encodable, line, visible
from ...verdicts.verdict import Exit, count
from ..run.model import SCHEMA_VERSION
from . import as_junit, as_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

DETAILS = "error.txt"
"""The details of an error of the tool."""
CASES = "cases"
"""The folder of the cases."""
_UNFINISHED = "the run has not finished: it still goes on, or was killed"
_LARGEST = 4000
"""The size that no report without results has; others may quote the sentence from a server."""
EVIDENCE, STATEMENT = "evidence.json", "statement.json"
"""What a run is judged anew from, and the digests of the files."""
_RECORDINGS = ("exchanges.har", "exchanges.ndjson.part", EVIDENCE, STATEMENT)
CONSUMER = "consumer.json"
"""The results of the test of a page."""
_CASE = re.compile(r"[A-Z]+-[0-9]+-[0-9]+\.json")
_LEFT_BEHIND = re.compile(r"\.(.+)\.[0-9]+")
_ERRORS = {Exit.USAGE, Exit.TOOL_ERROR}


def begin(folder: Path, inputs: Collection[Path] = ()) -> None:
    """Replace the reports of an earlier run by some that say that this one has not finished.

    The folder is created if it is missing; files of other names stay, and so do the `inputs` of
    this run, such as a recording. Raises OSError, which names the file, if nothing can be written
    there, or the folder is a link.
    """
    make_folder(folder)
    if (folder / CASES).is_symlink():
        (folder / CASES).unlink()
    kept = {path.resolve() for path in inputs}
    for path in _of_earlier_runs(folder):
        if path.resolve() not in kept:
            path.unlink()
    for name, render in _WITHOUT_RESULTS.items():
        write(folder / name, render(_UNFINISHED, Exit.NOT_JUDGED), durable=False)


def end(folder: Path, reason: str, ending: Exit, *, all_of_them: bool = False) -> None:
    """Say why the run ended, in the reports that say that it has not finished, or in all."""
    for name, render in _WITHOUT_RESULTS.items():
        path = folder / name
        with contextlib.suppress(OSError):
            if all_of_them or _is_unfinished(path):
                _rewrite(path, render(reason, ending))


def of_tool(error: BaseException, when: str = "") -> str:
    """Return what reports say of an error of the tool; `when` is like ` at request 7`."""
    what = f"error {type(error).__name__} of the tool"  # its message may have personal data
    if isinstance(error, OSError) and error.strerror:
        what = line(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return f"{what}{when}; this says nothing about the server"


def _rewrite(path: Path, text: str) -> None:
    try:
        write(path, text)
    except OSError:  # on a full disk, the room of the present file may suffice
        with overwrite(path) as file:
            file.write(encodable(text))


def _is_unfinished(path: Path) -> bool:
    data = path.read_bytes()
    return len(data) < _LARGEST and _UNFINISHED.encode() in data


def replace_all(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the reports of a command whose results are not those of a server.

    The other files of `begin`, which say that the run has not finished, are removed.
    """
    for name, text in texts.items():
        write(folder / name, text)
    for name in set(_WITHOUT_RESULTS) - set(texts):
        (folder / name).unlink(missing_ok=True)


def remove_cases(folder: Path) -> None:
    """Remove the cases of an earlier run."""
    for path in _cases(folder):
        path.unlink()


def _of_earlier_runs(folder: Path) -> Iterator[Path]:
    known = {*_WITHOUT_RESULTS, *_RECORDINGS, CONSUMER, DETAILS}
    for path in sorted(folder.iterdir()):
        left_behind = _LEFT_BEHIND.fullmatch(path.name)
        if path.name in known or (left_behind and left_behind[1] in known):
            yield path
    yield from _cases(folder / CASES)


def _cases(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if _CASE.fullmatch(path.name))


def conclusion(reason: str, ending: Exit) -> str:
    """Return the result of a run that ended early, in one sentence."""
    return f"{'error' if ending in _ERRORS else 'not judged'}: {reason}"


def _headline(ending: Exit) -> str:
    return "Error" if ending in _ERRORS else "Not judged"


def _json(reason: str, ending: Exit) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "ruangkerja", "version": __version__},
        "target": {"url": "", "stub": False},
        "contract": {"title": "", "version": "", "sha256": ""},
        "policies": [],
        "configuration": {},
        "labels": {},
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "duration": 0,
        "summary": {
            "exit_code": int(ending),
            "conclusion": conclusion(reason, ending),
            "requests": 0,
            "requirements": 0,
            "judged": 0,
            **count(()),
        },
        "lists": [],
        "notes": [],
        "waivers": [],
        "coverage": {"percent": 0, "seen": 0, "of": 0, "required": None, "points": []},
        "rules": [],
        "exchanges": [],
    }
    return json.dumps(document, indent=2) + "\n"


def _html(reason: str, ending: Exit) -> str:
    sentence = html.escape(visible(reason.rstrip(".")))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; }</style>\n"
        f"<title>{_headline(ending)}</title>\n"
        f"<h1>? {_headline(ending)}</h1>\n<p>{sentence}.</p>\n"
        "<p>This says nothing about the server.</p>\n</html>\n"
    )


def _markdown(reason: str, ending: Exit) -> str:
    return f"## ❔ {_headline(ending)}\n\n{as_markdown.words(reason.rstrip('.'))}.\n"


def _junit(reason: str, ending: Exit) -> str:
    case = as_junit.Case(
        as_junit.COMPLETED, as_junit.Status.ERROR, 0.0, (line(conclusion(reason, ending)),)
    )
    return as_junit.document([(as_junit.RUN, [case])], time.time())


_WITHOUT_RESULTS: Mapping[str, Callable[[str, Exit], str]] = {
    "junit.xml": _junit,  # first, as CI services read it
    "report.json": _json,
    "summary.md": _markdown,
    "report.html": _html,
}
