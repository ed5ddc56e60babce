"""`ruangkerja export`: responses of the stub for unit tests without a server."""

from __future__ import annotations

from typing import Any

import click

from . import options
from .configured import Configured
from .streams import echo_unchanged


@click.command(cls=Configured)
@click.argument("form", metavar="FORMAT", type=click.Choice(["msw", "json"]))
@click.option(
    "--rows",
    type=options.Integer(min=1, max=10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="The maximum number of rows of each list.",
)
@options.SEED
@options.TODAY
@options.FIXTURES
@options.SPEC
@options.POLICIES
def export(form: str, rows: int, **chosen: Any) -> None:
    """Print responses of the stub, for unit tests that run without a server.

    With the format msw, the output is an ES module with request handlers for Mock Service Worker 2
    and 3. They respond as the stub: pages of any size, scenarios, and errors for invalid requests.
    With the format json, the output is the data of these handlers.

    Exit codes: 0 printed, 2 invalid contract or fixtures, 4 an error of the tool.
    """
    from ..mock.export import FORMATS, Recorder
    from ..mock.settings import Settings

    settings = Settings(**chosen)
    contract = options.contract_of(settings.spec, settings.policies)
    with options.refusing("invalid contract or fixtures"):
        recorder = Recorder(contract, settings, rows)
        recorded = recorder.record()
    echo_unchanged(FORMATS[form](recorded), nl=False)
    if recorder.notes:
        click.echo(f"shortened by --rows: {'; '.join(recorder.notes)}", err=True)
