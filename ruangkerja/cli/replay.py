"""`ruangkerja replay`: send a recorded case again, and check the response."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..spec.visible import line
from . import ending, options
from .configured import Configured
from .connection import CONNECTION

if TYPE_CHECKING:
    from pathlib import Path

    from ..conformance.client.connection_settings import ConnectionSettings
    from ..spec.contract import Contract

_GONE, _FAILS = 0, 1


@click.command(cls=Configured)
@click.argument("file", type=options.FILE)
@click.argument("url", required=False)
@options.TOKEN
@CONNECTION
@options.TIMEOUT
@options.MINE
@options.SHOW_DATA
@options.CONTRACT
def replay(
    file: Path,
    url: str | None,
    token: str | None,
    connection: ConnectionSettings,
    timeout: float,
    mine: bool,
    show_data: bool | None,
    contract: Contract,
) -> None:
    """Send the case in FILE again, to URL or to the server it was found on, and check the result.

    `check --profile deep --report-dir DIR` writes cases to DIR/cases.

    Exit codes: 0 the failure is gone, 1 the failure is still there, 2 wrong usage,
    3 not judged, 4 an error of the tool, 130 interrupted.
    """
    from ..conformance.config.arguments import require_token
    from ..conformance.judging.judge import JudgeOptions, pseudonymizer_of
    from ..conformance.judging.saved_cases import ReplayError, read
    from ..conformance.privacy.published import Published
    from ..conformance.records.finding import answer_of
    from ..conformance.reporting.archive.curl import connecting, curl
    from ..conformance.requests.sending.gateways import obstacle
    from ..conformance.suite.replay import replay as send_again
    from ..conformance.verdicts.verdict import Outcome

    try:
        recorded = read(file)
        target = recorded.target(url, mine=mine)
        require_token(token, contract)
        verdict, evidence = send_again(
            recorded, contract, target, token or "", timeout=timeout, connection=connection
        )
        how = JudgeOptions(show_data=bool(show_data), secret=token or "")
        published = Published(evidence, pseudonymizer_of(contract, target, how))
        verdict, evidence = published.verdict(verdict), published.evidence
    except ReplayError as error:
        raise click.UsageError(str(error)) from None

    requirement = verdict.requirement
    click.echo(f"{requirement.id} {requirement.level.value}: {requirement.title}")
    if recorded.contract.sha256 != contract.digest:
        click.echo("The case was found with another version of the contract.")
    way = tuple(connecting(connection, target))
    for record in evidence.records:
        command = curl(record.exchange.request, target, way)
        click.echo(f"  {command}\n    {line(answer_of(record))}")
    for finding in verdict.findings:
        click.echo(f"{requirement.id}: {line(finding.message)}")
    if refusal := obstacle(evidence.records):
        refusal = refusal.of(connection)
        click.echo(f"Not judged: {refusal.what}. {refusal.advice}.")
        sys.exit(options.NOT_JUDGED)
    if verdict.outcome in {Outcome.FAILED, Outcome.WARNED}:
        click.echo("The failure is still there.")
        sys.exit(_FAILS)
    if verdict.outcome is Outcome.ERROR:
        click.echo(f"error: {line(verdict.reason)}")
        sys.exit(ending.TOOL_ERROR)
    unanswered = any(record.response is None for record in evidence.records)
    if verdict.outcome is not Outcome.PASSED or unanswered or not evidence.records:
        reason = (
            "the server did not respond" if unanswered else verdict.reason or "nothing was sent"
        )
        click.echo(f"Not judged: {line(reason)}.")
        sys.exit(options.NOT_JUDGED)
    click.echo("The failure is gone.")
    sys.exit(_GONE)
