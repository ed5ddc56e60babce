"""The commands about traffic: they read options, and hand over."""

from __future__ import annotations

import ssl
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from . import options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..conformance.report.model import Run
    from ..conformance.suite.judge import JudgeOptions
    from ..spec.contract import Contract

_complete = click.option(
    "--complete",
    is_flag=True,
    help="Not judged (exit 3) where a MUST was never shown; otherwise it is listed, and no more.",
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=options.FILE)
@click.option(
    "--base-url", help="Where the contract's paths begin; by default the recordings tell."
)
@options.TOKEN
@options.TOKEN_FILE
@_complete
@options.FAIL_ON
@options.REPORT_DIR
@options.SHOW_DATA
@options.WAIVERS
@options.SPEC
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
    from ..traffic.recording.audit import AmbiguousError, AuditConfig
    from ..traffic.recording.audit import audit as run_audit
    from ..traffic.recording.har_file import NotHarError

    contract = options.contract_of(spec)
    base = options.target_of(base_url) if base_url is not None else None
    known = options.token_of(token, token_file)
    shown = {
        "recordings": [str(file) for file in files],
        "base_url": base.url if base else None,
        "complete": complete,
    }
    judge_options = _judge_options(contract, fail_on, report_dir, show_data, waivers_file, shown)
    config = AuditConfig(contract, files, base, known, complete)
    try:
        _end(lambda: run_audit(config, judge_options))
    except (NotHarError, AmbiguousError) as error:
        raise click.UsageError(str(error)) from None


@click.command()
@click.argument("upstream", metavar="UPSTREAM")
@options.HOST
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
    type=options.SOME,
    default=10.0,
    show_default=True,
    help="Seconds within which an answer to an operation has to be complete.",
)
@options.CA_FILE
@options.TOKEN
@options.TOKEN_FILE
@_complete
@options.FAIL_ON
@options.REPORT_DIR
@options.SHOW_DATA
@options.WAIVERS
@options.SPEC
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

    from ..conformance.report.recording import Recording
    from ..mock.serve.loopback import is_loopback
    from ..mock.serve.server import AddressError
    from ..spec.register import Level
    from ..traffic.proxy.operations import Policy
    from ..traffic.proxy.serve import Proxy, ProxyConfig

    contract = options.contract_of(spec)
    target = options.target_of(upstream)
    known = options.token_of(token, token_file)
    shown: dict[str, object] = {
        "enforce": enforce,
        "fallback": fallback,
        "timeout": timeout,
        "complete": complete,
    }
    judge_options = _judge_options(contract, fail_on, report_dir, show_data, waivers_file, shown)
    judge_options = replace(judge_options, passive=not complete)
    if not is_loopback(host):
        click.echo(f"warning: {host} can be reached from other machines", err=True)
    policy = Policy(enforce, fallback, Level(fail_on.upper()), timeout)
    config = ProxyConfig(contract, target, host, port, known, policy, _verify(ca_file))
    with ExitStack() as stack:
        try:
            serving = Proxy(config, judge_options, tell=click.echo)
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
@options.PATHS
@click.option(
    "--to",
    "folder",
    type=options.FOLDER,
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
    type=options.SOME,
    default=5.0,
    show_default=True,
    help="Requests a second at most.",
)
@options.TIMEOUT
@options.CA_FILE
@options.TOKEN
@options.TOKEN_FILE
@options.SPEC
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
    from ..conformance.suite.arguments import UsageError, lists_from, require_token
    from ..traffic.recording.course_walk import WalkError
    from ..traffic.recording.record import RecordConfig
    from ..traffic.recording.record import record as run_record

    contract = options.contract_of(spec)
    target = options.target_of(upstream)
    known = options.token_of(token, token_file)
    try:
        require_token(known, needed=True)
        lists = lists_from(contract, courses, paths)
    except UsageError as error:
        raise click.UsageError(str(error)) from None
    if not lists:
        raise click.UsageError("name the course to record with --course")
    if name is not None and sum(map(len, lists.values())) > 1:
        raise click.UsageError("--as names one course, and several are to be recorded")
    config = RecordConfig(
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
        for file in run_record(config, lambda text: click.echo(text, err=True)):
            click.echo(file)
    except WalkError as error:
        click.echo(f"not recorded: {error}", err=True)
        sys.exit(options.NOT_JUDGED)
    except FileExistsError as error:
        raise click.UsageError(f"{error} exists already, and is not overwritten") from None
    except OSError as error:
        raise click.UsageError(f"--to {folder}: {error.strerror}") from None


COMMANDS = (audit, proxy, record)


def _verify(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or "it holds no certificate"
        raise click.UsageError(f"--ca-file {ca_file}: {why}") from None


def _judge_options(
    contract: Contract,
    fail_on: str,
    report_dir: Path | None,
    show_data: bool | None,
    waivers_file: Path | None,
    shown: Mapping[str, object],
) -> JudgeOptions:
    from ..conformance.suite.judge import JudgeOptions
    from ..spec.register import Level

    options.make_report_dir(report_dir)
    return JudgeOptions(
        fail_on=Level(fail_on.upper()),
        report_dir=report_dir,
        show_data=show_data,
        waivers=options.waivers_of(waivers_file, contract),
        shown={
            **shown,
            "fail_on": fail_on,
            "show_data": show_data,
            "waivers": str(waivers_file) if waivers_file else None,
        },
    )


def _end(judge: Callable[[], Run]) -> NoReturn:
    """Judge, print what came out, and exit as it says."""
    from ..conformance.suite.judge import NotJudgedError

    try:
        run = judge()
    except NotJudgedError as error:
        click.echo(f"not judged: {error}", err=True)
        sys.exit(options.NOT_JUDGED)
    options.show(run)
    sys.exit(int(run.exit))
