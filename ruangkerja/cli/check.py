"""`ruangkerja check`: check a server against the contract."""

from __future__ import annotations

import secrets
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from ..spec.visible import line
from . import options

if TYPE_CHECKING:
    from pathlib import Path

    from ..conformance.http.target import Target
    from ..conformance.report.model import Run
    from ..conformance.suite.survey import RunConfig
    from ..spec.contract import Contract


@click.command()
@click.argument("url", required=False)
@options.TOKEN
@click.option("--course", "courses", multiple=True, help="A course that has users. Repeatable.")
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
@click.option("--max-requests", type=click.IntRange(min=1), help="The maximum number of requests.")
@click.option(
    "--overlap",
    type=click.IntRange(min=0),
    metavar="N",
    help="The number of pairs of requests to send at once; 0 for none. Default: 8, and 400 in deep "
    "runs.",
)
@click.option(
    "--max-time",
    type=options.SOME,
    default=300.0,
    show_default=True,
    help="The maximum duration of a deep run, in seconds.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="The random seed of a deep run. Default: a new seed for each run, which is printed.",
)
@click.option(
    "--plan", is_flag=True, help="Print the requests that would be sent, without sending them."
)
@options.PROBE_METHODS
@click.option(
    "--require-coverage",
    type=click.IntRange(0, 100),
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
@options.JUDGING
@click.option(
    "--update-waivers",
    "new_waivers",
    type=options.FILE,
    help="Write a waiver for each current failure to this new file, for you to add the reasons.",
)
@options.CONTRACT
def check(
    url: str | None,
    token: str | None,
    courses: tuple[str, ...],
    paths: tuple[str, ...],
    profile: str,
    timeout: float,
    rate: float | None,
    max_requests: int | None,
    overlap: int | None,
    max_time: float,
    seed: int | None,
    plan: bool,
    probe_methods: bool,
    require_coverage: int | None,
    expect: Path | None,
    new_expectations: Path | None,
    judging: options.Judging,
    new_waivers: Path | None,
    contract: Contract,
) -> None:
    """Check the server at URL against the contract. Without URL, check the built-in stub.

    Exit codes: 0 conforming, 1 not conforming, 2 wrong usage or configuration,
    3 not judged, 130 interrupted.
    """
    from ..conformance.http.target import Target
    from ..conformance.probes.plan import Profile
    from ..conformance.suite.arguments import lists_from, require_token
    from ..conformance.suite.check import CheckOptions
    from ..conformance.suite.check import check as run_check
    from ..conformance.suite.survey import RunConfig

    waivers = options.waivers_of(judging.waivers_file, contract)
    for option, file in (
        ("--update-waivers", new_waivers),
        ("--write-expectations", new_expectations),
    ):
        if file is not None and file.exists():
            what = "the file already exists; name another file, or move this one"
            raise click.UsageError(f"{option} {file}: {what}")
    expectations, other_tokens = options.expectations_of(expect, contract, token)
    target = options.target_of(url) if url is not None else None
    lists = lists_from(contract, courses, paths)
    require_token(token, needed=target is not None and not plan)
    if not plan:
        options.make_report_dir(judging.report_dir)
    if plan and target is None:
        target = Target.parse(f"http://127.0.0.1{contract.base_path}")
    with ExitStack() as stack:
        if target is None:
            from ..mock.serve.server import MockServer

            token = token or contract.example_token
            server = stack.enter_context(MockServer(contract, tokens=(token,)))
            target = Target.parse(server.url)
        config = RunConfig(
            contract=contract,
            token=token or "",
            lists=lists,
            profile=Profile(profile),
            may_write=probe_methods or target.is_loopback,
            max_requests=max_requests,
            overlap=overlap,
            max_time=max_time,
            seed=secrets.randbelow(2**32) if seed is None else seed,
            expectations=expectations,
            other_tokens=other_tokens,
        )
        if plan:
            _print_plan(config, target)
            return
        is_shown = judging.show_data
        how = CheckOptions(
            fail_on=judging.level,
            report_dir=judging.report_dir,
            timeout=timeout,
            rate=rate,
            show_data=judging.show_data,
            waivers=waivers,
            require_coverage=require_coverage,
            shown={
                "profile": profile,
                "lists": {name: list(values) for name, values in lists.items()},
                "timeout": timeout,
                "rate": rate,
                "max_requests": max_requests,
                "overlap": config.pairs,
                **({"max_time": max_time, "seed": config.seed} if profile == "deep" else {}),
                "probe_methods": config.may_write,
                "require_coverage": require_coverage,
                "expect": str(expect) if expect else None,
                **judging.shown,
                "show_data": target.is_loopback if is_shown is None else is_shown,
            },
        )
        run = options.judged(lambda: run_check(target, config, how, _note))
    options.show(run)
    if new_waivers is not None:
        _write_waivers(new_waivers, run)
    if new_expectations is not None:
        _write_expectations(new_expectations, run)
    sys.exit(int(run.exit))


def _note(text: str) -> None:
    click.echo(line(text), err=True)


def _write_waivers(path: Path, run: Run) -> None:
    from ..conformance.report.waivers import write_starting_file

    try:
        written = write_starting_file(path, run)
    except OSError as error:
        raise click.UsageError(f"--update-waivers {path}: {error.strerror}") from None
    click.echo(f"{path}: {len(written)} waivers written; add a reason to each", err=True)


def _write_expectations(path: Path, run: Run) -> None:
    from ..conformance.evidence.expectation import write_first_file

    with_keys = run.configuration["show_data"] is True
    try:
        written = write_first_file(path, run.evidence, with_keys=with_keys)
    except OSError as error:
        raise click.UsageError(f"--write-expectations {path}: {error.strerror}") from None
    lists = "list" if written == 1 else "lists"
    click.echo(f"{path}: {written} {lists} written; compare with your own data", err=True)


def _print_plan(config: RunConfig, target: Target) -> None:
    from ..conformance.generators.documents import GenerationError
    from ..conformance.suite import plan as planning

    try:
        planned = planning.describe(config, target)
    except GenerationError as error:
        click.echo(f"cannot plan the run: {error}", err=True)
        sys.exit(options.USAGE)
    click.echo("\n".join(planning.lines(config, planned)))
