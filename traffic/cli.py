"""The commands about traffic: they read options, and hand over."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_NOT_JUDGED = 3

_token = click.option("--token", help="A valid token. Better: --token-file or RUANGKERJA_TOKEN.")
_token_file = click.option("--token-file", type=_FILE, help="A file that holds the token.")
_spec = click.option(
    "--spec", type=_FILE, help="An OpenAPI 3.0 file to use in place of the built-in contract."
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["must", "should"], case_sensitive=False),
    default="must",
    show_default=True,
    help="The lowest level whose failure fails the run.",
)
_report_dir = click.option(
    "--report-dir", type=_FOLDER, help="A folder for the reports; made where it is missing."
)
_show_data = click.option(
    "--show-data/--hide-data",
    default=None,
    help="Whether reports name people as the server does, or by fakes; by default fakes stand for "
    "the people of every server that is not this machine.",
)
_waivers_file = click.option(
    "--waivers", "waivers_file", type=_FILE, help="A file of failures that are accepted."
)
_complete = click.option(
    "--complete",
    is_flag=True,
    help="Not judged (exit 3) where a MUST was never shown; otherwise it is listed, and no more.",
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--base-url", help="Where the contract's paths begin; by default the recordings tell."
)
@_token
@_token_file
@_complete
@_fail_on
@_report_dir
@_show_data
@_waivers_file
@_spec
def audit(
    files: tuple[Path, ...],
    base_url: str | None,
    token: str | None,
    token_file: Path | None,
    complete: bool,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    spec: Path | None,
) -> None:
    """Judge recordings: HAR files of browsers, of mitmproxy or of this suite.

    What does not belong to the contract is counted and left alone.

    Exit codes: 0 all that was judged is conforming, 1 not conforming, 2 wrong usage or no HAR file,
    3 nothing of the contract in it, or with --complete not enough of it.
    """
    from ..cli import _contract, _waivers
    from ..conformance.judging import NotJudgedError, Terms
    from ..conformance.ordering import UsageError, token_from
    from ..conformance.report import terminal
    from ..conformance.target import Target, TargetError
    from ..spec.register import Level
    from .audit import AmbiguousError, Order
    from .audit import audit as run_audit
    from .har_file import NotHarError

    contract = _contract(spec)
    waivers = _waivers(waivers_file, contract) if waivers_file else ()
    try:
        base = Target.parse(base_url) if base_url is not None else None
        known = token_from(token, token_file, os.environ)
        if report_dir is not None:
            report_dir.mkdir(parents=True, exist_ok=True)
    except (UsageError, TargetError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"--report-dir {report_dir}: {error.strerror}") from None
    shown = {
        "recordings": [str(file) for file in files],
        "base_url": base.url if base else None,
        "fail_on": fail_on,
        "complete": complete,
        "waivers": str(waivers_file) if waivers_file else None,
    }
    terms = Terms(
        fail_on=Level(fail_on.upper()),
        report_dir=report_dir,
        shown=shown,
        show_data=show_data,
        waivers=waivers,
    )
    try:
        run = run_audit(Order(contract, files, base, known, complete), terms)
    except (NotHarError, AmbiguousError) as error:
        raise click.UsageError(str(error)) from None
    except NotJudgedError as error:
        click.echo(f"not judged: {error}", err=True)
        sys.exit(_NOT_JUDGED)
    click.echo(terminal.render(run))
    sys.exit(int(run.exit))


COMMANDS = (audit,)
