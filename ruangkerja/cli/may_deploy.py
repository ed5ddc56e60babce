"""`ruangkerja may-deploy`: whether a server serves its clients."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured

if TYPE_CHECKING:
    from pathlib import Path

_FORMATS = ("text", "json", "markdown")


@click.command("may-deploy", cls=Configured)
@click.argument("report", type=options.FILE)
@click.argument("usages", metavar="USAGE...", nargs=-1, required=True, type=options.FILE)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    type=options.FILE,
    help="A contract that a client or the server was tested with, if they differ: what changed "
    "between them then decides. Repeatable.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How the answer is printed.",
)
def may_deploy(
    report: Path, usages: tuple[Path, ...], contracts: tuple[Path, ...], form: str
) -> None:
    """Say whether the server of REPORT, a report.json, serves the clients of USAGE files.

    `ruangkerja check --report-dir` writes the report, `ruangkerja consumer --usage` a usage file.
    Nothing is requested: all files can come from other machines.

    Exit codes: 0 the server serves all clients, 1 it does not serve at least one, 2 wrong usage, or
    an invalid file, 3 not judged, as the report or a usage file leaves open what decides,
    4 an error of the tool.
    """
    from ..conformance.results import deployment, deployment_text, reports, usage
    from ..conformance.results.evolution import Known

    known = Known(options.contract_in(file, ()) for file in contracts)
    try:
        found = deployment.decide(reports.load(report), [*map(usage.load, usages)], known)
    except reports.ReportError as error:
        click.echo(str(error), err=True)
        sys.exit(options.USAGE)
    click.echo(deployment_text.RENDERERS[form](found), nl=False)
    sys.exit(int(found.exit))
