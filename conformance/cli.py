"""The command `ruangkerja replay`: a case is sent again, and judged again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

_CONFORMING, _FAILS, _NOT_JUDGED = 0, 1, 3


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("url", required=False)
@click.option("--token", help="A valid token. Better: --token-file or RUANGKERJA_TOKEN.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that holds the token.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds within which an answer has to be complete.",
)
@click.option(
    "--probe-methods",
    is_flag=True,
    help="Send POST, PUT, PATCH and DELETE also to a host that is not this machine.",
)
@click.option(
    "--spec",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An OpenAPI 3.0 file to use in place of the built-in contract.",
)
def replay(
    file: Path,
    url: str | None,
    token: str | None,
    token_file: Path | None,
    timeout: float,
    probe_methods: bool,
    spec: Path | None,
) -> None:
    """Send the case in FILE again, to URL or to where it was found, and judge it.

    `check --profile deep --report-dir DIR` writes cases to DIR/cases.

    Exit codes: 0 it does not show again, 1 it does, 2 wrong usage,
    3 it could not be judged.
    """
    from ..spec import contract as contracts
    from ..spec.source import SourceError
    from . import replay as replays
    from .command import curl
    from .finding import answer_of
    from .ordering import UsageError, require_token, token_from
    from .redaction import Redaction
    from .verdict import Outcome

    try:
        contract = contracts.load(spec)
        recorded = replays.read(file)
        target = recorded.target(url, may_write=probe_methods)
        found = token_from(token, token_file, os.environ)
        require_token(found, needed=True)
        verdict, evidence = replays.replay(recorded, contract, target, found or "", timeout=timeout)
    except (SourceError, replays.ReplayError, UsageError) as error:
        raise click.UsageError(str(error)) from None

    redaction = Redaction((found or "",))
    requirement = verdict.requirement
    click.echo(f"{requirement.id} {requirement.level.value}: {requirement.title}")
    if recorded.contract != contract.digest:
        click.echo("The case was found by another version of the contract.")
    for record in evidence.records:
        command = curl(record.exchange.request, target, (found or "",))
        click.echo(f"  {command}\n    {redaction.text(answer_of(record))}")
    for finding in verdict.findings:
        click.echo(f"{requirement.id}: {redaction.text(finding.message)}")
    if verdict.outcome in {Outcome.FAILED, Outcome.WARNED}:
        click.echo("It shows again.")
        sys.exit(_FAILS)
    unanswered = any(record.response is None for record in evidence.records)
    if verdict.outcome is not Outcome.PASSED or unanswered or not evidence.records:
        reason = "there was no answer" if unanswered else verdict.reason or "nothing was sent"
        click.echo(f"It could not be judged: {reason}.")
        sys.exit(_NOT_JUDGED)
    click.echo("It does not show any more.")
    sys.exit(_CONFORMING)
