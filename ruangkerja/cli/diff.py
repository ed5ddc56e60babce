"""`ruangkerja diff`: what changed between two contracts."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured
from .streams import echo_unchanged

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Configured)
@click.argument("old", type=options.FILE)
@click.argument("new", type=options.FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The format of the output.",
)
def diff(old: Path, new: Path, form: str) -> None:
    """Show what changed between two OpenAPI files, and what breaks clients of the OLD one.

    A change is breaking if a request that OLD allows is refused by NEW, or if NEW allows a response
    that OLD does not. Each has its lines in both files, and a witness if there is one: a request
    and a response that one contract admits and the other does not.

    Exit codes: 0 nothing is breaking, 1 at least one change is breaking, 2 a file cannot be used,
    4 an error of the tool.
    """
    from ..conformance.changes.kinds import Effect
    from ..conformance.diff import as_text
    from ..conformance.diff.comparison import Comparison
    from ..conformance.diff.proof import proved

    contracts = options.contract_of(old), options.contract_of(new)
    comparison = Comparison(*contracts, tuple(proved(*contracts)))
    if form == "json":
        echo_unchanged(json.dumps(comparison.to_json(), indent=2))
    else:
        click.echo(as_text.render(comparison))
    sys.exit(1 if comparison.counts[Effect.BREAKING] else 0)
