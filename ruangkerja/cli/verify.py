"""`ruangkerja verify`: judge the recorded exchanges of a report anew."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..spec.describing import counted
from ..spec.visible import line
from . import options
from .configured import Configured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..conformance.suite.verify import Verification

_CHANGED = 1


@click.command(cls=Configured)
@click.argument("folder", type=options.FOLDER)
def verify(folder: Path) -> None:
    """Judge the exchanges that a check recorded in FOLDER anew, and compare with its reports.

    FOLDER is the one of --report-dir. No request is sent.

    Exit codes: 0 the reports are what the exchanges give, 1 at least one file was changed,
    2 no folder with reports, 3 nothing can be judged anew, 4 an error of the tool.
    """
    from ..conformance.suite.verify import NoReportsError, VerifyError
    from ..conformance.suite.verify import verify as verify_folder

    try:
        found = verify_folder(folder)
    except NoReportsError as error:
        raise click.UsageError(str(error)) from None
    except VerifyError as error:
        click.echo(f"not verified: {error}", err=True)
        sys.exit(options.NOT_JUDGED)
    for sentence in found.changed:
        click.echo(sentence)
    if found.derived is not None:
        _list(found.derived.unshown, "verdict", "verdicts")
        _list(found.derived.unseen, "other result", "other results")
    if found.digest:
        click.echo(f"statement.json: SHA-256 {found.digest}")
    if found.derived is not None:
        click.echo(f"the run: {line(found.derived.run.conclusion())}")
    click.echo(_conclusion(found))
    sys.exit(_CHANGED if found.changed else 0)


def _list(unshown: Sequence[str], one: str, several: str) -> None:
    if unshown:
        depend = "depends" if len(unshown) == 1 else "depend"
        what = f"{counted(len(unshown), one, several)} {depend} on personal data"
        click.echo(f"{what}, and cannot be judged anew with pseudonyms:")
    for each in unshown:
        click.echo(f"  {line(each)}")


def _conclusion(found: Verification) -> str:
    if found.changed or found.derived is None:
        return f"changed: {counted(len(found.changed), 'difference', 'differences')}"
    run, unshown = found.derived.run, len(found.derived.unshown)
    exchanges = counted(run.requests, "exchange", "exchanges")
    verdicts = counted(len(run.verdicts) - unshown, "verdict", "verdicts")
    of = f"{len(run.verdicts) - unshown} of {len(run.verdicts)} verdicts" if unshown else verdicts
    findings = counted(sum(each.count for each in run.verdicts), "finding", "findings")
    return f"verified: {exchanges}, judged anew, give the same {of} and {findings}"
