"""The commands about traffic: they read options, and hand over."""

from __future__ import annotations

import os
import ssl
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..conformance.judging import Terms
    from ..conformance.report.model import Run
    from ..conformance.target import Target
    from ..spec.contract import Contract

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
    from .audit import AmbiguousError, Order
    from .audit import audit as run_audit
    from .har_file import NotHarError

    contract = _contract_of(spec)
    base = _target(base_url) if base_url is not None else None
    known = _known_token(token, token_file)
    shown = {
        "recordings": [str(file) for file in files],
        "base_url": base.url if base else None,
        "complete": complete,
    }
    terms = _terms(contract, fail_on, report_dir, show_data, waivers_file, shown)
    order = Order(contract, files, base, known, complete)
    try:
        _end(lambda: run_audit(order, terms))
    except (NotHarError, AmbiguousError) as error:
        raise click.UsageError(str(error)) from None


@click.command()
@click.argument("upstream", metavar="UPSTREAM")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8081,
    show_default=True,
    help="The port to listen at; 0 takes a free one.",
)
@click.option(
    "--enforce",
    is_flag=True,
    help="Answer 502 with the contract's error in place of what violates it.",
)
@click.option(
    "--fallback",
    is_flag=True,
    help="Let the stub answer where the upstream fails (no answer, 5xx) or lacks the operation "
    "(404, 405 or 501 that is not in the contract's form).",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds within which an answer to an operation has to be complete.",
)
@click.option(
    "--ca-file",
    type=_FILE,
    help="Certificates of the authorities to trust, in place of the system's.",
)
@_token
@_token_file
@_complete
@_fail_on
@_report_dir
@_show_data
@_waivers_file
@_spec
def proxy(
    upstream: str,
    host: str,
    port: int,
    enforce: bool,
    fallback: bool,
    timeout: float,
    ca_file: Path | None,
    token: str | None,
    token_file: Path | None,
    complete: bool,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    spec: Path | None,
) -> None:
    """Stand before UPSTREAM, and judge every answer to an operation of the contract as it passes.

    Each distinct finding is printed once, and the header Contract-Violations of an answer lists
    what is wrong with it. All other requests pass untouched. Ctrl-C ends it with the reports.

    Exit codes: 0 all that was judged is conforming, 1 not conforming, 2 wrong usage,
    3 nothing of the contract passed, or with --complete not enough of it.
    """
    from contextlib import ExitStack

    from ..conformance.recording import Recording
    from ..mock.loopback import is_loopback
    from ..mock.server import AddressError
    from ..spec.register import Level
    from .operations import Policy
    from .serve import Order, Proxy

    contract = _contract_of(spec)
    target = _target(upstream)
    known = _known_token(token, token_file)
    shown: dict[str, object] = {
        "enforce": enforce,
        "fallback": fallback,
        "timeout": timeout,
        "complete": complete,
    }
    terms = _terms(contract, fail_on, report_dir, show_data, waivers_file, shown)
    terms = replace(terms, overheard=not complete)
    if not is_loopback(host):
        click.echo(f"warning: {host} can be reached from other machines", err=True)
    policy = Policy(enforce, fallback, Level(fail_on.upper()), timeout)
    order = Order(contract, target, host, port, known, policy, _verify(ca_file))
    with ExitStack() as stack:
        try:
            serving = Proxy(order, terms, tell=click.echo)
        except AddressError as error:
            raise click.UsageError(str(error)) from None
        if report_dir is not None:
            recording = Recording(report_dir, target, serving.live.shown)
            serving.live.keep = stack.enter_context(recording).add
        serving.serve(lambda url: click.echo(f"{url} stands for {target.url}"))
    _end(serving.conclude)


@click.command()
@click.argument("upstream", metavar="UPSTREAM")
@click.option("--course", "courses", multiple=True, help="A course to record; may be repeated.")
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value of any other parameter in a path; may be repeated.",
)
@click.option(
    "--to",
    "folder",
    type=_FOLDER,
    default=Path("fixtures"),
    show_default=True,
    help="The folder for the scenarios; `mock --fixtures` takes it.",
)
@click.option("--as", "name", help="What the stub is to call the course; by default its own name.")
@click.option(
    "--max-rows",
    type=click.IntRange(1, 5000),
    default=5000,
    show_default=True,
    help="Rows of a course; the stub makes up the rest of a longer one.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="Requests a second at most.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds within which an answer has to be complete.",
)
@click.option(
    "--ca-file",
    type=_FILE,
    help="Certificates of the authorities to trust, in place of the system's.",
)
@_token
@_token_file
@_spec
def record(
    upstream: str,
    courses: tuple[str, ...],
    paths: tuple[str, ...],
    folder: Path,
    name: str | None,
    max_rows: int,
    rate: float,
    timeout: float,
    ca_file: Path | None,
    token: str | None,
    token_file: Path | None,
    spec: Path | None,
) -> None:
    """Write courses of UPSTREAM down as scenarios, in which everybody is made up.

    The stub answers such a course with the same totals, statuses, scores and dates. Files that
    exist are never overwritten.

    Exit codes: 0 written, 2 wrong usage, 3 a course could not be read or written down.
    """
    from ..conformance.ordering import UsageError, lists_from, require_token
    from .record import Order
    from .record import record as run_record
    from .walk import WalkError

    contract = _contract_of(spec)
    target = _target(upstream)
    known = _known_token(token, token_file)
    try:
        require_token(known, needed=True)
        lists = lists_from(contract, courses, paths)
    except UsageError as error:
        raise click.UsageError(str(error)) from None
    if not lists:
        raise click.UsageError("name the course to record with --course")
    if name is not None and sum(map(len, lists.values())) > 1:
        raise click.UsageError("--as names one course, and several are to be recorded")
    order = Order(
        contract=contract,
        target=target,
        token=known or "",
        lists=lists,
        folder=folder,
        name=name,
        most_rows=max_rows,
        rate=rate,
        timeout=timeout,
        verify=_verify(ca_file),
    )
    try:
        for file in run_record(order, lambda text: click.echo(text, err=True)):
            click.echo(file)
    except WalkError as error:
        click.echo(f"not recorded: {error}", err=True)
        sys.exit(_NOT_JUDGED)
    except FileExistsError as error:
        raise click.UsageError(f"{error} exists already, and is not overwritten") from None
    except OSError as error:
        raise click.UsageError(f"--to {folder}: {error.strerror}") from None


COMMANDS = (audit, proxy, record)


def _contract_of(spec: Path | None) -> Contract:
    from ..cli import _contract

    return _contract(spec)


def _target(url: str) -> Target:
    from ..conformance.target import Target, TargetError

    try:
        return Target.parse(url)
    except TargetError as error:
        raise click.UsageError(str(error)) from None


def _known_token(token: str | None, file: Path | None) -> str | None:
    from ..conformance.ordering import UsageError, token_from

    try:
        return token_from(token, file, os.environ)
    except UsageError as error:
        raise click.UsageError(str(error)) from None


def _verify(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or "it holds no certificate"
        raise click.UsageError(f"--ca-file {ca_file}: {why}") from None


def _terms(
    contract: Contract,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    shown: Mapping[str, object],
) -> Terms:
    from ..cli import _waivers
    from ..conformance.judging import Terms
    from ..spec.register import Level

    try:
        if report_dir is not None:
            report_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"--report-dir {report_dir}: {error.strerror}") from None
    return Terms(
        fail_on=Level(fail_on.upper()),
        report_dir=report_dir,
        show_data=show_data,
        waivers=_waivers(waivers_file, contract) if waivers_file else (),
        shown={
            **shown,
            "fail_on": fail_on,
            "show_data": show_data,
            "waivers": str(waivers_file) if waivers_file else None,
        },
    )


def _end(judge: Callable[[], Run]) -> NoReturn:
    """Judge, print what came out, and exit as it says."""
    from ..cli import _publish
    from ..conformance.judging import NotJudgedError
    from ..conformance.report import terminal

    try:
        run = judge()
    except NotJudgedError as error:
        click.echo(f"not judged: {error}", err=True)
        sys.exit(_NOT_JUDGED)
    click.echo(terminal.render(run))
    _publish(run)
    sys.exit(int(run.exit))
