"""`ruangkerja check`: check a server against the contract."""

from __future__ import annotations

import gc
import secrets
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..spec.describing import counted
from ..spec.visible import line
from . import options
from .configured import Configured
from .connection import CONNECTION
from .judging import JUDGING, Judging, judged, show
from .progress import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..conformance.client.connection_settings import ConnectionSettings
    from ..conformance.config.run_config import RunConfig
    from ..conformance.http.target import Target
    from ..conformance.reporting.run.model import Run
    from ..spec.contract import Contract

# What a run makes is kept until its end, and a collector would go through it again and again.
_SELDOM = 100_000


@click.command(cls=Configured)
@click.argument("url", required=False)
@options.STUB
@options.TOKENS
@CONNECTION
@options.COURSES
@options.PATHS
@click.option(
    "--profile",
    type=click.Choice(["smoke", "gate", "deep"]),
    default="gate",
    show_default=True,
    help=(
        "How many requests to send: smoke at most 12 and 1 for each further list, gate at most 200 "
        "and 30 for each further list, deep until --max-time."
    ),
)
@options.TIMEOUT
@click.option("--rate", type=options.SOME, help="The maximum number of requests per second.")
@click.option("--max-requests", type=options.Integer(min=1), help="The maximum number of requests.")
@click.option(
    "--overlap",
    type=options.Integer(min=0),
    metavar="N",
    help="The number of pairs of requests to send at once; 0 for none. Default: 8, and 400 in deep "
    "runs.",
)
@click.option(
    "--jobs",
    type=options.Integer(1, 12),
    metavar="N",
    help="The maximum number of requests under way at once, where their order does not matter. "
    "Default: 4 if a response takes longer than 50 ms, 6 if longer than 500 ms, otherwise 1.",
)
@click.option(
    "--max-time",
    type=options.SOME,
    help="The maximum duration of the run, in seconds. Default: 300 for a deep run, no limit for "
    "others.",
)
@click.option(
    "--seed",
    type=options.Integer(min=0),
    help="The random seed of a deep run. Default: a new seed for each run, which is printed.",
)
@click.option(
    "--plan", is_flag=True, help="Print the requests that would be sent, without sending them."
)
@options.MINE
@click.option(
    "--require-coverage",
    type=options.Integer(0, 100),
    metavar="PERCENT",
    help="Fail the run if its data covers less of the contract than this.",
)
@click.option(
    "--expect",
    type=options.FILE,
    help="A file with the total, or the rows, that each list has to show. Its lists are read, too.",
)
@click.option(
    "--write-expectations",
    "new_expectations",
    type=options.FILE,
    help="Write what this run sees of the lists to this new file, for --expect.",
)
@JUDGING
@click.option(
    "--update-waivers",
    "new_waivers",
    type=options.FILE,
    help="Write a waiver for each current failure to this new file, for you to add the reasons.",
)
@options.CONTRACT
def check(
    url: str | None,
    stub: bool,
    token: str | None,
    connection: ConnectionSettings,
    courses: tuple[str, ...],
    paths: tuple[str, ...],
    profile: str,
    timeout: float,
    rate: float | None,
    seed: int | None,
    plan: bool,
    mine: bool,
    require_coverage: int | None,
    expect: Path | None,
    new_expectations: Path | None,
    judging: Judging,
    new_waivers: Path | None,
    contract: Contract,
    **sending: Any,
) -> None:
    """Check the server at URL against the contract, or the built-in stub with --stub.

    Without URL, it checks the built-in stub. In CI, and with an option that describes a server,
    give URL or --stub.

    Exit codes: 0 conforming, 1 not conforming, 2 wrong usage or configuration,
    3 not judged, 4 an error of the tool, 130 interrupted.
    """
    gc.set_threshold(_SELDOM)
    from ..conformance.config.arguments import lists_from, require_token
    from ..conformance.config.run_config import RunConfig
    from ..conformance.requests.probes.plan import Profile
    from ..conformance.suite.check import CheckOptions
    from ..conformance.suite.check import check as run_check

    is_stub = options.is_stub(url, stub=stub or (plan and url is None))
    server = None if is_stub else options.target_of(url or "")
    if not is_stub and not plan:
        require_token(token, contract)
    elif is_stub:
        token = token or contract.example_token
    for option, file in (
        ("--update-waivers", new_waivers),
        ("--write-expectations", new_expectations),
    ):
        if file is not None and file.exists():
            what = "the file already exists; name another file, or move this one"
            raise click.UsageError(f"{option} {file}: {what}")
    expectations, other_tokens = options.expectations_of(expect, contract, token)
    config = RunConfig(
        contract=contract,
        token=token or "",
        lists=lists_from(contract, courses, paths),
        profile=Profile(profile),
        mine=mine or is_stub,
        stub=is_stub,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        expectations=expectations,
        other_tokens=other_tokens,
        **sending,
    )
    if plan:
        _print_plan(config, server)
        return
    resolved = {
        "lists": {name: list(values) for name, values in config.lists.items()},
        "overlap": config.pairs,
        "seed": config.seed if config.profile is Profile.DEEP else None,
        "mine": config.mine,
    }
    how = judging.options(
        contract,
        CheckOptions,
        resolved,
        stub=is_stub,
        timeout=timeout,
        rate=rate,
        require_coverage=require_coverage,
        connection=connection,
    )
    with _reached(server, config) as target, shown(config.limit) as progress:
        how = replace(how, progress=progress)
        run = judged(lambda: run_check(target, config, how, _note))
    show(run)
    if new_waivers is not None:
        _write_waivers(new_waivers, run)
    if new_expectations is not None:
        _write_expectations(new_expectations, run)
    sys.exit(int(run.exit))


@contextmanager
def _reached(server: Target | None, config: RunConfig) -> Iterator[Target]:
    """Yield the server to check: this one, or the stub, which runs meanwhile."""
    if server is not None:
        yield server
        return
    from ..mock.serve.server import MockServer

    with ExitStack() as held:
        with options.refusing("invalid contract"):
            stub = held.enter_context(MockServer(config.contract, tokens=(config.token,)))
        yield options.target_of(stub.url)


def _note(text: str) -> None:
    click.echo(line(text), err=True)


def _write_waivers(path: Path, run: Run) -> None:
    from ..conformance.reporting.run.waivers import write_starting_file

    with options.writing("--update-waivers", path):
        written = write_starting_file(path, run)
    click.echo(f"{path}: {len(written)} waivers written; add a reason to each", err=True)


def _write_expectations(path: Path, run: Run) -> None:
    from ..conformance.evidence.expectation import write_first_file

    with options.writing("--write-expectations", path):
        written = write_first_file(path, run.evidence, with_keys=run.shows_data)
    lists = counted(written, "list", "lists")
    click.echo(f"{path}: {lists} written; compare with your own data", err=True)


def _print_plan(config: RunConfig, server: Target | None) -> None:
    from ..conformance.requests.generators.documents import GenerationError
    from ..conformance.survey import plan as planning

    try:
        target = server or options.target_of(f"http://127.0.0.1{config.contract.base_path}")
        planned = planning.describe(config, target)
    except GenerationError as error:
        click.echo(f"cannot plan the run: {error}", err=True)
        sys.exit(options.USAGE)
    click.echo("\n".join(planning.lines(config, planned)))
