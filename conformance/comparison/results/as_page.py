"""A history as one HTML page that needs no other file, with links to the reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .... import __version__
from ....spec.visible import encodable
from ...reporting.formats.as_html import chip, files, template

if TYPE_CHECKING:
    from .history import History, PastRun

_TEMPLATE = Path(__file__).with_name("history.html.j2")
_REPORT = "report.html"


def render(history: History, file: Path) -> str:
    """Return a history as a page that will be at `file`."""

    def link(run: PastRun) -> str:
        """Return the relative address of the report beside a report.json, '' without one."""
        report = run.path.with_name(_REPORT)
        return quote(os.path.relpath(report, file.parent)) if report.is_file() else ""

    return encodable(
        template(_TEMPLATE).render(
            **files("report.css"), history=history, chip=chip, link=link, version=__version__
        )
    )
