"""The files of a run: its reports, and what they are verified by."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.documents.writing import make_folder
from ...spec.documents.writing import write as write_file
from ...spec.visible import encodable
from ..reporting.archive.recording import WHOLE
from ..reporting.attestation import statement
from ..reporting.attestation.evidence_file import RecordedEvidence
from ..reporting.formats import as_html, as_json, as_junit, as_markdown
from ..reporting.formats.folder import CASES, EVIDENCE, STATEMENT, end, of_tool, remove_cases
from ..verdicts.verdict import Exit
from . import saved_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ..reporting.archive.recording import Recording
    from ..reporting.attestation.kept import Kept
    from ..reporting.run.model import Run

CONTENTS: Mapping[str, Callable[[Run], str]] = {
    "report.json": as_json.render,
    "junit.xml": as_junit.render,
}
"""The formats of the reports that the statement names, by their file."""
PAGES: Mapping[str, Callable[[Run], str]] = {
    "report.html": as_html.render,
    "summary.md": as_markdown.render,
}
"""The formats of the reports that show the digest of the statement, by their file."""
_PUBLIC = {"summary.md", "junit.xml", STATEMENT}
"""The reports without bodies."""
_LAST = (EVIDENCE, STATEMENT)
"""What the other files are verified by."""


def write(run: Run, folder: Path, recording: Recording | None, kept: Kept | None) -> Run:
    """Write all files of a run, or if one of them cannot be made, say so in all reports.

    A run without a recording cannot be verified. Returns the run with the digest of its statement.
    """
    try:
        make_folder(folder)
        texts, digests = contents(run), {}
        if recording is not None:
            recording.finish(run.evidence.exchanges)
            texts[EVIDENCE] = RecordedEvidence.of(run, kept).text()
            digests = {name: statement.digest_of(as_bytes(text)) for name, text in texts.items()}
            with (folder / WHOLE).open("rb") as file:
                digests[WHOLE] = hashlib.file_digest(file, "sha256").hexdigest()
            texts[STATEMENT] = statement.render(run, digests)
            run = replace(run, statement=statement.digest_of(as_bytes(texts[STATEMENT])))
        texts |= pages(run)
        remove_cases(folder / CASES)
        if any(name.startswith(f"{CASES}/") for name in texts):
            make_folder(folder / CASES)
        # What is stopped before its last file is not verified, so it is not taken for changed.
        for name in sorted(texts, key=_LAST.__contains__):
            is_case = name.startswith(f"{CASES}/")
            private = name not in _PUBLIC
            write_file(folder / name, texts[name], private=private, durable=not is_case)
    except Exception as error:
        at = f" at request {run.requests}" if run.requests else ""
        first = (run.evidence.ended, run.exit) if run.evidence.ended else None
        with contextlib.suppress(OSError):
            for name in _LAST:
                (folder / name).unlink(missing_ok=True)
            end(folder, *(first or (of_tool(error, at), Exit.TOOL_ERROR)), all_of_them=True)
        raise
    return run


def contents(run: Run) -> dict[str, str]:
    """Return the reports that the statement names, by their file."""
    cases = {f"{CASES}/{name}": text for name, text in saved_cases.texts(run)}
    return {name: render(run) for name, render in CONTENTS.items()} | cases


def pages(run: Run) -> Mapping[str, str]:
    """Return the reports that show the digest of the statement, by their file."""
    return {name: render(run) for name, render in PAGES.items()}


def as_bytes(text: str) -> bytes:
    """Return a text as it is written."""
    return encodable(text).encode()
