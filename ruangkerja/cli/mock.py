"""`ruangkerja mock`: serve the contract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from . import options

# A command that a signal ended exits with this and the signal's number, as shells do.
_SIGNALLED = 128


@click.command()
@options.HOST
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The port to listen at; 0 takes a free one.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Other data for another seed.")
@click.option("--token", "tokens", multiple=True, help="A valid token; repeat it for several.")
@click.option(
    "--fixtures",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of scenarios, besides those that are built in; repeat it for several.",
)
@click.option("--any-token", is_flag=True, help="Let every token pass, but not a missing one.")
@click.option(
    "--strict-headers", is_flag=True, help="Refuse requests without Accept or Content-Type."
)
@click.option(
    "--latency",
    type=click.FloatRange(0, 60_000),
    default=0.0,
    metavar="MS",
    help="Answer everything so many milliseconds later.",
)
@click.option("--reload", is_flag=True, help="Follow changes of the contract and the scenarios.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes serve together.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json", "off"]),
    default="text",
    show_default=True,
    help="How each request is logged, on standard error.",
)
@options.SPEC
def mock(log: str, latency: float, **settings: Any) -> None:
    """Serve the contract with believable data that stays the same from call to call."""
    from ..mock.serve.server import AddressError, serve
    from ..mock.settings import Log, Settings
    from ..spec.source import SourceError

    if settings["reload"] and settings["workers"] > 1:
        raise click.UsageError("--reload goes with one worker")
    chosen = Settings(log=Log(log), latency=latency / 1000, **settings)
    try:
        ended_by = serve(chosen, click.echo, contract=options.contract_of(chosen.spec))
    except AddressError as error:
        raise click.UsageError(str(error)) from None
    except SourceError as error:
        options.refuse(error, "a scenario cannot be used")
    sys.exit(_SIGNALLED + ended_by if ended_by else 0)
