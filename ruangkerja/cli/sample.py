"""`ruangkerja sample`: rows to fill a test database with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..spec.describing import joined
from . import options
from .configured import Configured
from .streams import echo_unchanged

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ..spec.contract import Contract
    from ..spec.model.operation import Operation


@click.command(cls=Configured)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv", "sql"]),
    default="json",
    show_default=True,
    help="The format of the rows.",
)
@click.option(
    "--rows",
    type=options.Integer(min=0),
    default=0,
    metavar="N",
    help="Add rows until there are N, for example to fill several pages.",
)
@click.option(
    "--operation",
    "operation_id",
    metavar="ID",
    help="The operation whose rows to print, if the contract has several lists.",
)
@options.TODAY
@options.SPEC
@options.POLICIES
def sample(
    form: str,
    rows: int,
    operation_id: str | None,
    today: date | None,
    spec: Path | None,
    policies: tuple[str, ...],
) -> None:
    """Print the fewest rows that show all that the contract distinguishes.

    With these rows in its database, a server shows every status, null and other scores, empty and
    other dates, so a run can judge all requirements about rows. In SQL and CSV, a column is named
    after its JSON pointer, such as user_serial.

    Exit codes: 0 printed, 2 invalid contract or no rows can be generated,
    4 an error of the tool.
    """
    from ..conformance.requests.generators.sample import sample as sampled
    from ..conformance.requests.generators.tables import FORMATS
    from ..mock.data.providers import ProviderError

    contract = options.contract_of(spec, policies)
    operation = _operation(contract, operation_id)
    try:
        found = sampled(contract, operation, rows, today)
    except ProviderError as error:
        problem = contract.source.problem(error.place, str(error))
        click.echo(f"no rows can be generated: {problem}", err=True)
        sys.exit(options.USAGE)
    echo_unchanged(FORMATS[form](found), nl=False)
    for each in found.missing:
        click.echo(f"no generated row shows this: {each}", err=True)


def _operation(contract: Contract, operation_id: str | None) -> Operation:
    lists = {each.id: each for each in contract.operations if each.pagination is not None}
    if operation_id is None and len(lists) == 1:
        return next(iter(lists.values()))
    if operation_id in lists:
        return lists[operation_id]
    if not lists:
        raise click.UsageError(
            "the contract has no list with pages: describe one with x-pagination, or print whole "
            "responses with ruangkerja export json"
        )
    names = joined(list(lists), "and")
    raise click.UsageError(f"--operation: give the id of a list; the contract has {names}")
