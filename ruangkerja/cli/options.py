"""Options that several commands share, and the functions that turn their values into objects.

An invalid value ends the command with one message and exit code 2.
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
    from collections.abc import Callable, Mapping, Sequence

    from ..conformance.evidence.expectation import Expectation
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
    "--spec", type=FILE, help="An OpenAPI 3.0 file to use instead of the built-in contract."
)
POLICIES = click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME|FILE",
    help="A choice in place of one that the contract makes: the name of a built-in policy, such as "
    "oversize-clamp, or an OpenAPI Overlay. Repeatable.",
)
FIXTURES = click.option(
    "--fixtures",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with scenarios and faults of your own, in addition to the built-in ones. "
    "Repeatable.",
)
HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
)
TOKEN = click.option("--token", help="A valid token. Prefer --token-file or RUANGKERJA_TOKEN.")
TOKEN_FILE = click.option("--token-file", type=FILE, help="A file that contains the token.")
PATHS = click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="NAME=VALUE",
    help="The value of another path parameter. Repeatable.",
)
TIMEOUT = click.option(
    "--timeout",
    type=SOME,
    default=10.0,
    show_default=True,
    help="The time limit for a complete response, in seconds.",
)
PROBE_METHODS = click.option(
    "--probe-methods",
    is_flag=True,
    help="Send POST, PUT, PATCH and DELETE to hosts other than this machine, too.",
)
CA_FILE = click.option(
    "--ca-file",
    type=FILE,
    help="The certificate authorities to trust, instead of the system's.",
)
FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(["must", "should"], case_sensitive=False),
    default="must",
    show_default=True,
    help="The lowest level of requirement that fails the run if it fails, and leaves it not judged "
    "if it is not covered.",
)
REPORT_DIR = click.option(
    "--report-dir",
    type=FOLDER,
    help="The folder for report.html, report.json, summary.md, junit.xml and exchanges.har. "
    "Created if missing.",
)
COMPLETE = click.option(
    "--complete",
    is_flag=True,
    help="Exit with 3 if a MUST requirement is not covered. Without it, such requirements are only "
    "listed.",
)
SHOW_DATA = click.option(
    "--show-data/--hide-data",
    default=None,
    help="Show real personal data in reports, or replace it with pseudonyms. Default: show it only "
    "if the server runs on this machine.",
)
WAIVERS = click.option(
    "--waivers",
    "waivers_file",
    type=FILE,
    help="A file of known failures that do not fail the run until they expire.",
)


def contract_of(spec: Path | None, policies: Sequence[str | Path] = ()) -> Contract:
    """Return the contract in --spec, or the built-in contract, with the policies in --policy."""
    from ..spec import contract
    from ..spec.policy import PolicyError
    from ..spec.source import SourceError

    try:
        return contract.load(spec, policies)
    except PolicyError as error:
        raise click.UsageError(f"--policy: {error}") from None
    except SourceError as error:
        refuse(error, "invalid contract")


def target_of(url: str) -> Target:
    """Return the target that a URL names."""
    from ..conformance.http.target import Target, TargetError

    try:
        return Target.parse(url)
    except TargetError as error:
        raise click.UsageError(str(error)) from None


def token_of(token: str | None, file: Path | None) -> str | None:
    """Return the token from --token, --token-file or the environment, or None."""
    from ..conformance.suite.arguments import token_from

    return token_from(token, file, os.environ)


def waivers_of(file: Path | None, contract: Contract) -> tuple[Waiver, ...]:
    """Return the waivers in --waivers, or ()."""
    from ..conformance.report import waivers
    from ..spec.source import SourceError

    if file is None:
        return ()
    try:
        return waivers.load(file, contract.register)
    except SourceError as error:
        refuse(error, "invalid waivers")


def expectations_of(
    file: Path | None, contract: Contract, token: str | None
) -> tuple[tuple[Expectation, ...], dict[str, str]]:
    """Return the expectations in --expect, and their tokens by environment variable."""
    from ..conformance.evidence import expectation
    from ..conformance.suite.arguments import other_tokens
    from ..spec.source import SourceError

    if file is None:
        return (), {}
    try:
        expectations = expectation.load(file, contract)
    except SourceError as error:
        refuse(error, "invalid expectations")
    return expectations, other_tokens(expectations, os.environ, token)


def make_report_dir(folder: Path | None) -> None:
    """Create the folder of --report-dir, if the option is given."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--report-dir {folder}: {error.strerror}") from None


def refuse(error: SourceError, what: str) -> NoReturn:
    """Print every mistake in a file, then end the command with exit code 2."""
    for problem in error.problems:
        click.echo(str(problem), err=True)
    click.echo(f"{what}; see above", err=True)
    sys.exit(USAGE)


def show(run: Run) -> None:
    """Print a run, and publish it to the CI service if there is one."""
    from ..conformance.report import github, terminal

    click.echo(terminal.render(run))
    try:
        github.publish(run, os.environ, click.echo)
    except OSError as error:
        click.echo(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}", err=True)


def verify(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return a TLS context that trusts the authorities in --ca-file, or None without the option."""
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or "the file contains no certificate"
        raise click.UsageError(f"--ca-file {ca_file}: {why}") from None


def judge_options(
    contract: Contract,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    shown: Mapping[str, object],
) -> JudgeOptions:
    """Return the judge options for the values of the command's options."""
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
    """Judge, print the run, and exit with its exit code."""
    from ..conformance.suite.judge import NotJudgedError

    try:
        run = judge()
    except NotJudgedError as error:
        click.echo(f"not judged: {line(str(error))}", err=True)
        sys.exit(NOT_JUDGED)
    show(run)
    sys.exit(int(run.exit))
