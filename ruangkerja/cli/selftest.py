"""`ruangkerja selftest`: check that the suite finds every fault of the catalogue."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from ..spec.documents.writing import write
from . import options
from .configured import Configured

if TYPE_CHECKING:
    from pathlib import Path

    from ..spec.contract import Contract


@click.command(cls=Configured)
@click.option("--only", multiple=True, metavar="NAME", help="Test only this fault. Repeatable.")
@click.option(
    "--mutants",
    type=options.Integer(min=1),
    metavar="N",
    help="Instead of the faults, test this many changes of single values in single responses.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="With --mutants, select other responses and rows.",
)
@click.option(
    "--markdown",
    type=options.FILE,
    help="Write the kill matrix, or the results of the mutants, to this file.",
)
@click.option("--texts", is_flag=True, help="Print the findings for each fault.")
@click.option("--list", "listed", is_flag=True, help="List the faults without testing them.")
@click.option(
    "--jobs",
    type=options.Integer(min=1),
    help="The number of processes to use. Default: one per processor core.",
)
@options.FIXTURES
@options.CONTRACT
def selftest(
    only: tuple[str, ...],
    mutants: int | None,
    seed: int,
    markdown: Path | None,
    texts: bool,
    listed: bool,
    jobs: int | None,
    fixtures: tuple[Path, ...],
    contract: Contract,
) -> None:
    """Check that the suite finds every fault of the catalogue, and print the kill matrix.

    With --mutants, print which share of small changes the suite finds: each is made in one response
    of a run, at one place of the contract.

    Exit codes: 0 each fault was found by the requirement that it breaks and by no unrelated one,
    1 a fault was missed or blamed on an unrelated requirement, or a change that the contract allows
    was found, 2 wrong usage, 4 an error of the tool, 130 interrupted.
    """
    from ..conformance.suite import kill_matrix as reports
    from ..conformance.suite.selftest import run
    from ..mock.faults import including

    if mutants is not None:
        _test_mutants(contract, mutants, seed, jobs, markdown)
    with options.refusing("invalid fixtures"):
        catalogue = including(fixtures, contract)
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
        _write(markdown, reports.markdown(matrix))
    sys.exit(0 if matrix.is_passed else 1)


def _test_mutants(
    contract: Contract, number: int, seed: int, jobs: int | None, markdown: Path | None
) -> NoReturn:
    from ..conformance.mutation import as_markdown, terminal
    from ..conformance.mutation.run import run

    with options.refusing("invalid register"):
        report = run(contract, number, seed=seed, jobs=jobs)
    click.echo(terminal.render(report))
    if markdown is not None:
        _write(markdown, as_markdown.render(report, dt.datetime.now(dt.UTC).date().isoformat()))
    sys.exit(0 if report.is_passed else 1)


def _write(path: Path, text: str) -> None:
    with options.writing("--markdown", path):
        write(path, text)
