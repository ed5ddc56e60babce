"""`ruangkerja selftest`: check the suite against every fault of the catalogue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Try this fault; may be repeated.")
@click.option(
    "--markdown",
    type=options.FILE,
    help="A file to write the kill matrix to.",
)
@click.option("--texts", is_flag=True, help="Print what is said about each fault.")
@click.option("--list", "listed", is_flag=True, help="List the faults, and try none.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes that share the work.")
@options.SPEC
def selftest(
    only: tuple[str, ...],
    markdown: Path | None,
    texts: bool,
    listed: bool,
    jobs: int | None,
    spec: Path | None,
) -> None:
    """Hold the suite against the stub with every fault there is, and print the kill matrix.

    Exit codes: 0 every fault was found by the requirement it is about and nothing unrelated was,
    1 something came out wrong, 2 wrong usage.
    """
    from ..conformance.suite import kill_matrix as reports
    from ..conformance.suite.selftest import run
    from ..mock.faults import CATALOGUE

    if listed:
        for fault in CATALOGUE.values():
            click.echo(f"{fault.name:<56}{', '.join(fault.requirements)}\n  {fault.title}")
        return

    def note(trial: reports.FaultResult) -> None:
        if not texts:
            click.echo(reports.progress(trial))

    try:
        matrix = run(options.contract_of(spec), only, jobs=jobs, note=note)
    except LookupError as error:
        raise click.UsageError(f"--only: {error.args[0]}; --list names them all") from None
    if texts:
        click.echo(reports.texts(matrix))
    click.echo(reports.terminal(matrix))
    if markdown is not None:
        try:
            markdown.write_text(reports.markdown(matrix), encoding="utf-8")
        except OSError as error:
            raise click.UsageError(f"--markdown {markdown}: {error.strerror}") from None
    sys.exit(0 if matrix.is_passed else 1)
