"""`ruangkerja diff`: what changed between two contracts."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
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
    "--old-policy",
    "old_policies",
    multiple=True,
    metavar="NAME|FILE",
    help="A policy that is in force in OLD. Repeatable.",
)
@click.option(
    "--new-policy",
    "new_policies",
    multiple=True,
    metavar="NAME|FILE",
    help="A policy that is in force in NEW. Repeatable.",
)
@click.option(
    "--allow",
    "allow_file",
    type=options.FILE,
    help="A file of changes that are allowed until they expire, in the form of waivers.",
)
@click.option(
    "--complete",
    is_flag=True,
    help="Exit with 3 if it is unknown whether a change is breaking. Without it, such changes are "
    "only listed.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="The format of the output.",
)
def diff(
    old: Path,
    new: Path,
    old_policies: tuple[str, ...],
    new_policies: tuple[str, ...],
    allow_file: Path | None,
    complete: bool,
    form: str,
) -> None:
    """Show what changed between two OpenAPI files, and what breaks clients of the OLD one.

    A change is breaking if a request that OLD allows is refused by NEW, or if NEW allows a response
    that OLD does not. Each change has its lines in both files, and a witness if there is one: a
    request and a response that one contract admits and the other does not. In GitHub Actions, the
    format text also annotates the lines, and adds all changes to the job summary.

    Exit codes: 0 nothing is breaking, 1 at least one change is breaking, 2 a file cannot be used,
    3 with --complete, it is unknown whether a change is breaking, 4 an error of the tool.
    """
    from ..conformance.comparison.changes.kinds import Effect
    from ..conformance.comparison.diff import allowed, as_annotations, as_markdown, as_text
    from ..conformance.comparison.diff.comparison import Comparison
    from ..conformance.comparison.diff.proof import proved

    with options.refusing("invalid file of allowed changes"):
        entries = allowed.load(allow_file) if allow_file else ()
    both = options.contract_of(old, old_policies), options.contract_of(new, new_policies)
    changes, notes = allowed.apply(entries, proved(*both), datetime.now(UTC).date())
    comparison = Comparison(*both, tuple(changes), tuple(notes))
    if form == "json":
        echo_unchanged(json.dumps(comparison.to_json(), indent=2))
    elif form == "markdown":
        echo_unchanged(as_markdown.render(comparison), nl=False)
    else:
        click.echo(as_text.render(comparison))
        try:
            as_annotations.publish(comparison, os.environ, echo_unchanged)
        except OSError as error:
            click.echo(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}", err=True)
    counts = comparison.counts
    if counts[Effect.BREAKING]:
        sys.exit(1)
    sys.exit(options.NOT_JUDGED if complete and counts[Effect.UNKNOWN] else 0)
