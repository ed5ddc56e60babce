"""`ruangkerja compare`: compare two reports."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Configured)
@click.argument("before", type=options.REPORT)
@click.argument("after", type=options.REPORT)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    type=options.FILE,
    help="A contract that one of the runs was judged by, if they differ, to show what changed "
    "between them. Not needed for reports with the file evidence.json beside them. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(before: Path, after: Path, contracts: tuple[Path, ...], as_json: bool) -> None:
    """Show what changed between two reports: report.json BEFORE and report.json AFTER.

    The folder of a report stands for its report.json.
    If the runs were judged by two contracts, it also shows what changed between these.

    Exit codes: 0 unchanged or better, 1 at least one requirement is worse, 2 not a report,
    4 an error of the tool.
    """
    from ..conformance.comparison.results import compare as comparing
    from ..conformance.comparison.results.evolution import Known
    from ..conformance.comparison.results.recorded_contract import of_report
    from ..conformance.comparison.results.reports import ReportError, load

    try:
        reports = load(before), load(after)
        known = [options.contract_in(file, ()) for file in contracts]
        if reports[0].contract != reports[1].contract:
            known += filter(None, map(of_report, (before, after)))
        found = comparing.compare(*reports, Known(known))
    except ReportError as error:
        click.echo(str(error), err=True)
        sys.exit(options.USAGE)
    text = json.dumps(found.to_json(), indent=2) if as_json else comparing.render(found)
    click.echo(text)
    sys.exit(1 if found.is_worse else 0)
