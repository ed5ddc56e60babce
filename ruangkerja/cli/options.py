"""What commands share: options, and what their values stand for.

A value that cannot be used ends the command with one clear message and the exit code 2.
"""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ..spec.visible import line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..conformance.http.target import Target
    from ..conformance.report.model import Run
    from ..conformance.report.waivers import Waiver
    from ..conformance.suite.judge import JudgeOptions
    from ..spec.contract import Contract
    from ..spec.source import SourceError

USAGE = 2
NOT_JUDGED = 3

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
SOME = click.FloatRange(min=0, min_open=True)

SPEC = click.option(
    "--spec", type=FILE, help="An OpenAPI 3.0 file to use in place of the built-in contract."
)
HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen at."
)
TOKEN = click.option("--token", help="A valid token. Better: --token-file or RUANGKERJA_TOKEN.")
TOKEN_FILE = click.option("--token-file", type=FILE, help="A file that holds the token.")
PATHS = click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value of any other parameter in a path; may be repeated.",
)
TIMEOUT = click.option(
    "--timeout",
    type=SOME,
    default=10.0,
    show_default=True,
    help="Seconds within which an answer has to be complete.",
)
PROBE_METHODS = click.option(
    "--probe-methods",
    is_flag=True,
    help="Send POST, PUT, PATCH and DELETE also to a host that is not this machine.",
)
CA_FILE = click.option(
    "--ca-file",
    type=FILE,
    help="Certificates of the authorities to trust, in place of the system's.",
)
FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(["must", "should"], case_sensitive=False),
    default="must",
    show_default=True,
    help="The lowest level whose failure fails the run.",
)
REPORT_DIR = click.option(
    "--report-dir",
    type=FOLDER,
    help="A folder for report.html, report.json, summary.md, junit.xml and exchanges.har; made "
    "where it is missing.",
)
COMPLETE = click.option(
    "--complete",
    is_flag=True,
    help="Not judged (exit 3) where a MUST was never shown; otherwise it is listed, and no more.",
)
SHOW_DATA = click.option(
    "--show-data/--hide-data",
    default=None,
    help="Whether reports name people as the server does, or by fakes; by default fakes stand for "
    "the people of every server that is not this machine.",
)
WAIVERS = click.option(
    "--waivers",
    "waivers_file",
    type=FILE,
    help="A file of failures that are accepted for a while.",
)


def contract_of(spec: Path | None) -> Contract:
    """Give the contract of --spec, the built-in one where there is none."""
    from ..spec import contract
    from ..spec.source import SourceError

    try:
        return contract.load(spec)
    except SourceError as error:
        refuse(error, "the contract cannot be used")


def target_of(url: str) -> Target:
    """Give the server of a URL."""
    from ..conformance.http.target import Target, TargetError

    try:
        return Target.parse(url)
    except TargetError as error:
        raise click.UsageError(str(error)) from None


def token_of(token: str | None, file: Path | None) -> str | None:
    """Give the token of --token, --token-file or the environment, None where there is none."""
    from ..conformance.suite.arguments import UsageError, token_from

    try:
        return token_from(token, file, os.environ)
    except UsageError as error:
        raise click.UsageError(str(error)) from None


def waivers_of(file: Path | None, contract: Contract) -> tuple[Waiver, ...]:
    """Give the waivers of --waivers, () where there are none."""
    from ..conformance.report import waivers
    from ..spec.source import SourceError

    if file is None:
        return ()
    try:
        return waivers.load(file, contract.register)
    except SourceError as error:
        refuse(error, "the waivers cannot be used")


def make_report_dir(folder: Path | None) -> None:
    """Make the folder of --report-dir, where one is asked for."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--report-dir {folder}: {error.strerror}") from None


def refuse(error: SourceError, what: str) -> NoReturn:
    """Say every mistake in a file, and that it cannot be used."""
    for problem in error.problems:
        click.echo(str(problem), err=True)
    click.echo(f"{what}; see above", err=True)
    sys.exit(USAGE)


def show(run: Run) -> None:
    """Print a run, and publish it where a CI looks for it."""
    from ..conformance.report import github, terminal

    click.echo(terminal.render(run))
    try:
        github.publish(run, os.environ, click.echo)
    except OSError as error:
        click.echo(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}", err=True)


def verify(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return the TLS context that trusts the authorities in --ca-file, None without it."""
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or "it holds no certificate"
        raise click.UsageError(f"--ca-file {ca_file}: {why}") from None


def judge_options(
    contract: Contract,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    shown: Mapping[str, object],
) -> JudgeOptions:
    """Return how to judge, as the options of the command say it."""
    from ..conformance.suite.judge import JudgeOptions
    from ..spec.register import Level

    make_report_dir(report_dir)
    return JudgeOptions(
        fail_on=Level(fail_on.upper()),
        report_dir=report_dir,
        show_data=show_data,
        waivers=waivers_of(waivers_file, contract),
        shown={
            **shown,
            "fail_on": fail_on,
            "show_data": show_data,
            "waivers": str(waivers_file) if waivers_file else None,
        },
    )


def end(judge: Callable[[], Run]) -> NoReturn:
    """Judge, print what came out, and exit as it says."""
    from ..conformance.suite.judge import NotJudgedError

    try:
        run = judge()
    except NotJudgedError as error:
        click.echo(f"not judged: {line(str(error))}", err=True)
        sys.exit(NOT_JUDGED)
    show(run)
    sys.exit(int(run.exit))
