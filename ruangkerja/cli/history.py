"""`ruangkerja history`: the verdicts of a folder of reports over time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..spec.documents.writing import write
from ..spec.visible import line
from . import options
from .configured import Configured

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Configured)
@click.argument("folder", type=options.FOLDER)
@click.option("--html", type=options.FILE, help="Write a page with the history to this file, too.")
@click.option("--last", type=options.Integer(min=1), metavar="N", help="Show only the last N runs.")
def history(folder: Path, html: Path | None, last: int | None) -> None:
    """Show the verdicts of all runs whose report.json is in FOLDER or below it, first to last.

    Requirements are listed if their verdict changed, or if they did not pass.

    Exit codes: 0 the history was shown, 2 there is no report in FOLDER,
    4 an error of the tool.
    """
    from ..conformance.comparison.results import as_page
    from ..conformance.comparison.results import history as past
    from ..conformance.comparison.results.reports import ReportError

    try:
        found = past.read(folder, last)
    except ReportError as error:
        click.echo(line(str(error)), err=True)
        sys.exit(options.USAGE)
    for reason in found.skipped:
        click.echo(f"skipped: {line(reason)}", err=True)
    click.echo(past.text(found))
    if html is not None:
        write(html, as_page.render(found, html))
