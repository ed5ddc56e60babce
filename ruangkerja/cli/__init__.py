"""The `ruangkerja` command: reads options, and hands over."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from . import options
from .replay import replay
from .traffic import COMMANDS as TRAFFIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conformance.http.target import Target
    from ..conformance.report.model import Run
    from ..conformance.suite.survey import RunConfig

INTERRUPTED = 130
# A command that a signal ended exits with this and the signal's number, as shells have it.
SIGNALLED = 128


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ruangkerja")
def cli() -> None:
    """Serve the Ruangkerja course users API as its contract has it, or hold a server against it."""


@cli.command()
@options.HOST
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The port to listen at; 0 takes a free one.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Other data for another seed.")
@click.option("--token", "tokens", multiple=True, help="A valid token; repeat it for several.")
@click.option(
    "--fixtures",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of scenarios, besides those that are built in; repeat it for several.",
)
@click.option("--any-token", is_flag=True, help="Let every token pass, but not a missing one.")
@click.option(
    "--strict-headers", is_flag=True, help="Refuse requests without Accept or Content-Type."
)
@click.option(
    "--latency",
    type=click.FloatRange(0, 60_000),
    default=0.0,
    metavar="MS",
    help="Answer everything so many milliseconds later.",
)
@click.option("--reload", is_flag=True, help="Follow changes of the contract and the scenarios.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes serve together.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json", "off"]),
    default="text",
    show_default=True,
    help="How each request is logged, on standard error.",
)
@options.SPEC
def mock(log: str, latency: float, **settings: Any) -> None:
    """Serve the contract with believable data that stays the same from call to call."""
    from ..mock.serve.server import AddressError, serve
    from ..mock.settings import Log, Settings
    from ..spec.source import SourceError

    if settings["reload"] and settings["workers"] > 1:
        raise click.UsageError("--reload goes with one worker")
    chosen = Settings(log=Log(log), latency=latency / 1000, **settings)
    try:
        ended_by = serve(chosen, click.echo, contract=options.contract_of(chosen.spec))
    except AddressError as error:
        raise click.UsageError(str(error)) from None
    except SourceError as error:
        options.refuse(error, "a scenario cannot be used")
    sys.exit(SIGNALLED + ended_by if ended_by else 0)


@cli.command()
@click.argument("url", required=False)
@options.TOKEN
@options.TOKEN_FILE
@click.option("--course", "courses", multiple=True, help="A course with users; may be repeated.")
@options.PATHS
@click.option(
    "--profile",
    type=click.Choice(["smoke", "gate", "deep"]),
    default="gate",
    show_default=True,
    help="How much to send: at most 12 requests, at most 150, or as many as it takes.",
)
@options.FAIL_ON
@options.REPORT_DIR
@options.TIMEOUT
@click.option(
    "--rate",
    type=options.SOME,
    help="Requests a second at most.",
)
@click.option("--max-requests", type=click.IntRange(min=1), help="Requests at most.")
@click.option(
    "--max-time",
    type=options.SOME,
    default=300.0,
    show_default=True,
    help="Seconds that the profile deep takes in all.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="What the profile deep draws by; without it, another one every time, which is printed.",
)
@click.option("--plan", is_flag=True, help="Print what would be sent, and send nothing.")
@options.PROBE_METHODS
@options.SHOW_DATA
@click.option(
    "--require-coverage",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Fail the run where its data showed less of the contract than this.",
)
@options.WAIVERS
@click.option(
    "--update-waivers",
    "new_waivers",
    type=options.FILE,
    help="A file to be made, which waives what fails now and has room for the reasons.",
)
@options.SPEC
def check(
    url: str | None,
    token: str | None,
    token_file: Path | None,
    courses: tuple[str, ...],
    paths: tuple[str, ...],
    profile: str,
    fail_on: str,
    report_dir: Path | None,
    timeout: float,
    rate: float | None,
    max_requests: int | None,
    max_time: float,
    seed: int | None,
    plan: bool,
    probe_methods: bool,
    show_data: bool | None,
    require_coverage: int | None,
    waivers_file: Path | None,
    new_waivers: Path | None,
    spec: Path | None,
) -> None:
    """Hold the server at URL against the contract; without URL, the stub of this package.

    Exit codes: 0 conforming, 1 not conforming, 2 wrong usage or configuration,
    3 could not be judged, 130 interrupted.
    """
    from ..conformance.http.target import Target
    from ..conformance.probes.plan import Profile
    from ..conformance.suite.arguments import UsageError, lists_from, require_token
    from ..conformance.suite.check import CheckOptions
    from ..conformance.suite.check import check as run_check
    from ..conformance.suite.judge import NotJudgedError
    from ..conformance.suite.survey import RunConfig
    from ..spec.register import Level

    contract = options.contract_of(spec)
    waivers = options.waivers_of(waivers_file, contract)
    if new_waivers is not None and new_waivers.exists():
        what = "exists already; name another file, or move this one away"
        raise click.UsageError(f"--update-waivers {new_waivers}: {what}")
    found = options.token_of(token, token_file)
    target = options.target_of(url) if url is not None else None
    try:
        lists = lists_from(contract, courses, paths)
        require_token(found, needed=target is not None and not plan)
    except UsageError as error:
        raise click.UsageError(str(error)) from None
    if not plan:
        options.make_report_dir(report_dir)
    if plan and target is None:
        target = Target.parse(f"http://127.0.0.1{contract.base_path}")
    with ExitStack() as stack:
        if target is None:
            from ..mock.serve.server import MockServer

            found = found or contract.example_token
            server = stack.enter_context(MockServer(contract, tokens=(found,)))
            target = Target.parse(server.url)
        config = RunConfig(
            contract=contract,
            token=found or "",
            lists=lists,
            profile=Profile(profile),
            may_write=probe_methods or target.is_loopback,
            max_requests=max_requests,
            max_time=max_time,
            seed=secrets.randbelow(2**32) if seed is None else seed,
        )
        if plan:
            _print_plan(config, target)
            return
        how = CheckOptions(
            fail_on=Level(fail_on.upper()),
            report_dir=report_dir,
            timeout=timeout,
            rate=rate,
            show_data=show_data,
            waivers=waivers,
            require_coverage=require_coverage,
            shown={
                "profile": profile,
                "fail_on": fail_on,
                "lists": {name: list(values) for name, values in lists.items()},
                "timeout": timeout,
                "rate": rate,
                "max_requests": max_requests,
                **({"max_time": max_time, "seed": config.seed} if profile == "deep" else {}),
                "probe_methods": config.may_write,
                "show_data": target.is_loopback if show_data is None else show_data,
                "require_coverage": require_coverage,
                "waivers": str(waivers_file) if waivers_file else None,
            },
        )
        try:
            run = run_check(target, config, how, lambda text: click.echo(text, err=True))
        except NotJudgedError as error:
            click.echo(f"not judged: {error}", err=True)
            sys.exit(options.NOT_JUDGED)
    options.show(run)
    if new_waivers is not None:
        _write_waivers(new_waivers, run)
    sys.exit(int(run.exit))


@cli.command()
@click.option("--only", multiple=True, metavar="NAME", help="Try this fault; may be repeated.")
@click.option(
    "--markdown",
    type=options.FILE,
    help="A file to write the kill matrix to.",
)
@click.option("--texts", is_flag=True, help="Print what is said about each fault.")
@click.option("--list", "listed", is_flag=True, help="List the faults, and try none.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes that share the work.")
@options.SPEC
def selftest(
    only: tuple[str, ...],
    markdown: Path | None,
    texts: bool,
    listed: bool,
    jobs: int | None,
    spec: Path | None,
) -> None:
    """Hold the suite against the stub with every fault there is, and print the kill matrix.

    Exit codes: 0 every fault was found by the requirement it is about and nothing unrelated was,
    1 something came out wrong, 2 wrong usage.
    """
    from ..conformance.suite import kill_matrix as reports
    from ..conformance.suite.selftest import run
    from ..mock.faults import CATALOGUE

    if listed:
        for fault in CATALOGUE.values():
            click.echo(f"{fault.name:<56}{', '.join(fault.requirements)}\n  {fault.title}")
        return

    def note(trial: reports.FaultResult) -> None:
        if not texts:
            click.echo(reports.progress(trial))

    try:
        matrix = run(options.contract_of(spec), only, jobs=jobs, note=note)
    except LookupError as error:
        raise click.UsageError(f"--only: {error.args[0]}; --list names them all") from None
    if texts:
        click.echo(reports.texts(matrix))
    click.echo(reports.terminal(matrix))
    if markdown is not None:
        try:
            markdown.write_text(reports.markdown(matrix), encoding="utf-8")
        except OSError as error:
            raise click.UsageError(f"--markdown {markdown}: {error.strerror}") from None
    sys.exit(0 if matrix.is_passed else 1)


@cli.command()
@click.argument("before", type=options.FILE)
@click.argument("after", type=options.FILE)
@click.option("--json", "as_json", is_flag=True, help="Write the comparison as JSON.")
def compare(before: Path, after: Path, as_json: bool) -> None:
    """Say what changed from one report.json, BEFORE, to a later one, AFTER.

    Exit codes: 0 the same, or changed for the better; 1 something changed for the worse;
    2 one of the files is no report.
    """
    from ..conformance.suite import compare as comparing

    try:
        found = comparing.compare(comparing.load(before), comparing.load(after))
    except comparing.ReportError as error:
        click.echo(str(error), err=True)
        sys.exit(options.USAGE)
    text = json.dumps(found.to_json(), indent=2) if as_json else comparing.render(found)
    click.echo(text)
    sys.exit(1 if found.is_worse else 0)


def _write_waivers(path: Path, run: Run) -> None:
    from ..conformance.report.waivers import write_starting_file

    try:
        written = write_starting_file(path, run)
    except OSError as error:
        raise click.UsageError(f"--update-waivers {path}: {error.strerror}") from None
    click.echo(f"{path} waives {len(written)} failures; give each a reason", err=True)


def _print_plan(config: RunConfig, target: Target) -> None:
    from ..conformance.generators.documents import GenerationError
    from ..conformance.suite import plan as planning

    try:
        planned = planning.describe(config, target)
    except GenerationError as error:
        click.echo(f"the plan cannot be told: {error}", err=True)
        sys.exit(options.USAGE)
    click.echo("\n".join(planning.lines(config, planned)))


for _command in TRAFFIC:
    cli.add_command(_command)


cli.add_command(replay)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; the entry point of the package."""
    try:
        cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
