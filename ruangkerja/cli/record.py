"""`ruangkerja record`: save courses of a server as scenarios."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..spec.visible import line
from . import options
from .configured import Configured
from .connection import CONNECTION

if TYPE_CHECKING:
    from ..conformance.client.connection_settings import ConnectionSettings
    from ..spec.contract import Contract
    from ..traffic.recording.record import RecordConfig


@click.command(cls=Configured)
@click.argument("upstream", metavar="UPSTREAM")
@click.option("--course", "courses", multiple=True, help="A course to record. Repeatable.")
@options.PATHS
@click.option(
    "--to",
    "folder",
    type=options.FOLDER,
    default=Path("fixtures"),
    show_default=True,
    help="The folder for the scenarios. Pass it to `mock --fixtures`.",
)
@click.option(
    "--as", "name", help="The serial of the course in the stub. Default: its serial on the server."
)
@click.option(
    "--max-rows",
    type=options.Integer(1, 5000),
    default=5000,
    show_default=True,
    help="The maximum number of users to record. The stub generates the rest.",
)
@click.option(
    "--rate",
    type=options.SOME,
    default=5.0,
    show_default=True,
    help="The maximum number of requests per second.",
)
@options.TIMEOUT
@options.TOKEN
@CONNECTION
@options.CONTRACT
def record(
    upstream: str,
    courses: tuple[str, ...],
    paths: tuple[str, ...],
    folder: Path,
    name: str | None,
    max_rows: int,
    rate: float,
    timeout: float,
    token: str | None,
    connection: ConnectionSettings,
    contract: Contract,
) -> None:
    """Save courses of UPSTREAM as scenarios in which all personal data is replaced.

    The stub then serves these courses with the server's totals, statuses, scores and dates.
    Existing files are never overwritten.

    Exit codes: 0 recorded, 2 wrong usage, 3 a course could not be read or saved,
    4 an error of the tool, 130 interrupted.
    """
    from ..conformance.config.arguments import lists_from, require_token
    from ..traffic.recording.course_walk import WalkError
    from ..traffic.recording.record import RecordConfig

    target = options.target_of(upstream)
    require_token(token, contract)
    lists = lists_from(contract, courses, paths)
    if not lists:
        raise click.UsageError("name a course to record with --course")
    if name is not None and sum(map(len, lists.values())) > 1:
        raise click.UsageError("--as can name only one course, but there are several to record")
    config = RecordConfig(
        contract=contract,
        target=target,
        token=token or "",
        lists=lists,
        folder=folder,
        name=name,
        most_rows=max_rows,
        rate=rate,
        timeout=timeout,
        connection=connection,
    )
    try:
        with options.writing("--to", folder):
            _record(config)
    except WalkError as error:
        click.echo(f"not recorded: {line(str(error))}", err=True)
        sys.exit(options.NOT_JUDGED)


def _record(config: RecordConfig) -> None:
    from ..traffic.recording.record import record as run_record

    try:
        for file in run_record(config, lambda text: click.echo(line(text), err=True)):
            click.echo(file)
    except FileExistsError as error:
        raise click.UsageError(
            f"{error} already exists, and is not overwritten; choose another folder with --to, or "
            "another name with --as"
        ) from None
