"""`ruangkerja selftest`: check that the suite finds every fault of the catalogue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Test only this fault. Repeatable.")
@click.option(
    "--markdown",
    type=options.FILE,
    help="Write the kill matrix to this file.",
)
@click.option("--texts", is_flag=True, help="Print the findings for each fault.")
@click.option("--list", "listed", is_flag=True, help="List the faults without testing them.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="The number of processes to use. Default: one per processor core.",
)
@options.FIXTURES
@options.SPEC
@options.POLICIES
def selftest(
    only: tuple[str, ...],
    markdown: Path | None,
    texts: bool,
    listed: bool,
    jobs: int | None,
    fixtures: tuple[Path, ...],
    spec: Path | None,
    policies: tuple[str, ...],
) -> None:
    """Check that the suite finds every fault of the catalogue, and print the kill matrix.

    Exit codes: 0 each fault was found by the requirement that it breaks and by no unrelated one,
    1 a fault was missed or blamed on an unrelated requirement, 2 wrong usage.
    """
    from ..conformance.suite import kill_matrix as reports
    from ..conformance.suite.selftest import run
    from ..mock.faults import including
    from ..spec.source import SourceError

    contract = options.contract_of(spec, policies)
    try:
        catalogue = including(fixtures, contract)
    except SourceError as error:
        options.refuse(error, "invalid fixtures")
    if listed:
        for fault in catalogue.values():
            click.echo(f"{fault.name:<56}{', '.join(fault.requirements)}\n  {fault.title}")
        return

    def note(trial: reports.FaultResult) -> None:
        if not texts:
            click.echo(reports.progress(trial))

    try:
        matrix = run(contract, only, fixtures=fixtures, jobs=jobs, note=note)
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
