"""`ruangkerja load`: check a server against the contract under load."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

import click

from ..spec.describing import counted
from ..spec.visible import line
from . import options
from .configured import Configured
from .connection import TLS
from .ending import NOT_JUDGED, EndedError, Ending
from .judging import JUDGING, Judging, end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..conformance.client.connection_settings import ConnectionSettings
    from ..conformance.reporting.run.model import Run
    from ..spec.contract import Contract

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|)")
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 24 * 3600.0


class _Duration(click.ParamType[float]):
    """A duration with its unit, in seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds of a text such as 500ms, 30s or 5m."""
        if isinstance(value, float):
            return value
        match = _DURATION.fullmatch(str(value))
        seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
        if not 0 < seconds <= _LONGEST:
            self.fail(f"{value!r} is no duration above 0; use 500ms, 30s, 5m or 1h", param, ctx)
        return seconds


class Distribution(NamedTuple):
    """The values of the options that say which processes take part."""

    processes: int | None
    master: bool
    expect_workers: int | None
    worker: bool
    master_host: str
    host: str
    port: int
    web_port: int | None

    @property
    def awaited(self) -> str:
        """What this process waits for, '' if it has all it needs."""
        if self.worker:
            return f"the master at {self.master_host}:{self.port}"
        if self.master:
            workers = counted(self.expect_workers or 1, "worker", "workers")
            return f"{workers} on {self.host}:{self.port}"
        return ""

    def arguments(self) -> Iterator[str]:
        """Yield the arguments of Locust for this process."""
        if self.master and self.worker:
            raise click.UsageError("--master and --worker are two processes; use one of the two")
        if self.master and self.processes:
            raise click.UsageError("--processes runs a master with its workers; leave out --master")
        if self.worker:
            yield from ("--worker", f"--master-host={self.master_host}")
            yield f"--master-port={self.port}"
        elif self.web_port is None:
            yield "--headless"
        else:
            _check_free("127.0.0.1", self.web_port)
            yield from ("--autostart", "--autoquit=1", "--web-host=127.0.0.1")
            yield f"--web-port={self.web_port}"
        if self.master:
            _check_free(self.host, self.port)
            yield from ("--master", f"--master-bind-host={self.host}")
            yield f"--master-bind-port={self.port}"
            if self.expect_workers:
                yield f"--expect-workers={self.expect_workers}"
        elif self.processes:
            yield f"--processes={self.processes}"


def _check_free(host: str, port: int) -> None:
    """End the command if Locust cannot listen on a port."""
    from ..mock.serve.listening import ANY_PORT, AddressError, listen

    try:
        listen(host, port).close()
    except AddressError as error:
        # Any other port is no help: workers and people have to know it.
        raise click.UsageError(str(error).removesuffix(ANY_PORT)) from None


DISTRIBUTION = options.read_as(
    "distribution",
    Distribution,
    click.option(
        "--processes",
        type=options.Integer(1, 256),
        metavar="N",
        help="Run so many workers on this machine. Default: one process without workers.",
    ),
    click.option(
        "--master",
        is_flag=True,
        help="Send nothing, and wait for the workers of other processes or machines.",
    ),
    click.option(
        "--expect-workers",
        type=options.Integer(1, 10_000),
        metavar="N",
        help="With --master: begin when so many workers are there.",
    ),
    click.option(
        "--worker", is_flag=True, help="Send what the master at --master-host says, which reports."
    ),
    click.option(
        "--master-host",
        default="127.0.0.1",
        show_default=True,
        type=options.host_name,
        help="With --worker: the machine of the master.",
    ),
    options.HOST,
    click.option(
        "--port",
        type=options.Integer(1, 65535),
        default=5557,
        show_default=True,
        help="The port on which the master listens, and to which workers connect.",
    ),
    click.option(
        "--web-port",
        type=options.Integer(1, 65535),
        help="Serve the web page of Locust on this port of this machine while the test runs.",
    ),
)
"""Adds the options of `Distribution`, which the command gets."""


@click.command(cls=Configured)
@click.argument("url")
@click.argument("locust", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--users",
    type=options.Integer(1, 100_000),
    default=20,
    show_default=True,
    metavar="N",
    help="The number of users at the same time.",
)
@click.option(
    "--spawn-rate",
    type=options.SOME,
    default=5.0,
    show_default=True,
    metavar="N",
    help="How many users start each second.",
)
@click.option(
    "--time",
    "run_time",
    type=_Duration(),
    default="1m",
    show_default=True,
    help="How long the test takes, such as 30s, 5m or 1h.",
)
@click.option(
    "--rate",
    type=options.Number(min=0),
    metavar="N",
    help="The maximum number of requests a second of all users together; 0 for no limit. Default: "
    "one for each user.",
)
@click.option(
    "--p99",
    type=_Duration(),
    metavar="DURATION",
    help="Fail the run if more than 1 of 100 responses takes longer than this, such as 500ms.",
)
@options.COURSES
@options.PATHS
@options.TOKEN
@click.option(
    "--more-tokens",
    type=options.FILE,
    help="A file with another valid token in each line. Users change between all of them.",
)
@options.TIMEOUT
@click.option(
    "--mine",
    is_flag=True,
    help="The server is your own. Required for a server that is not on this machine.",
)
@TLS
@click.option(
    "--seed",
    type=options.Integer(min=0),
    help="The random seed of the users. Default: a new seed for each run, which is printed.",
)
@DISTRIBUTION
@JUDGING
@options.CONTRACT
def load(
    url: str,
    locust: tuple[str, ...],
    users: int,
    spawn_rate: float,
    run_time: float,
    rate: float | None,
    p99: float | None,
    courses: tuple[str, ...],
    paths: tuple[str, ...],
    token: str | None,
    more_tokens: Path | None,
    timeout: float,
    mine: bool,
    connection: ConnectionSettings,
    seed: int | None,
    distribution: Distribution,
    judging: Judging,
    contract: Contract,
) -> None:
    """Check the server at URL under load: many users read its lists, and every response is judged.

    Users open a list, page through it, change the size of the pages, come back, and go on to
    another list. Locust sends the requests; what follows -- are options of Locust.

    Exit codes: 0 everything that was checked conforms, 1 not conforming or slower than --p99,
    2 wrong usage, 3 not judged, 4 an error of the tool.
    """
    from ..conformance.config.arguments import lists_from, require_token
    from ..conformance.judging.judge import JudgeOptions
    from ..traffic.load.journeys import NothingToSendError
    from ..traffic.load.run import ArgumentsError, LoadConfig, LocustError, run_load
    from ..traffic.load.settings import LoadSettings, refusal

    target = options.target_of(url)
    if why := refusal(target, mine=mine):
        raise click.UsageError(why)
    require_token(token, contract)
    seed = secrets.randbelow(2**32) if seed is None else seed
    context = click.get_current_context()
    settings = LoadSettings(
        url=target.url,
        tokens=tuple(dict.fromkeys((token or "", *_tokens_in(more_tokens)))),
        spec=_named(context.params.get("spec")),
        policies=tuple(map(str, context.params.get("policies") or ())),
        lists=lists_from(contract, courses, paths),
        timeout=timeout,
        seed=seed,
        mine=mine,
        ca_file=_named(connection.ca_file),
        cert=_named(connection.cert),
        key=_named(connection.key),
    )
    pace = 1.0 if rate is None else rate / users
    arguments = [
        *(f"--host={target.url}", f"--pace={pace:g}", f"--users={users}"),
        *(f"--spawn-rate={spawn_rate:g}", f"--run-time={max(1, round(run_time))}s"),
        *("--only-summary", "--exit-code-on-error=0", "--loglevel=WARNING"),
        *distribution.arguments(),
        *locust,
    ]
    limit = None if p99 is None else p99 * 1000
    config = LoadConfig(contract, settings, arguments, limit, distribution.worker)
    resolved = {"lists": {k: list(v) for k, v in settings.lists.items()}, "seed": seed}
    judge_options = judging.options(contract, JudgeOptions, resolved)

    if not distribution.worker:
        click.echo(f"{users} users for {run_time:g} s, seed {seed}", err=True)
    if distribution.awaited:
        click.echo(f"waiting for {distribution.awaited}", err=True)

    def judged() -> Run:
        found = run_load(config, judge_options, lambda text: click.echo(line(text), err=True))
        if found is None:
            context.exit(0)
        return found

    try:
        end(judged)
    except (NothingToSendError, ArgumentsError) as error:
        raise click.UsageError(str(error)) from None
    except LocustError as error:
        raise EndedError(f"not judged: {error}", NOT_JUDGED, str(error)) from None


def _named(path: object) -> str | None:
    return None if path is None else str(path)


def _tokens_in(file: Path | None) -> Sequence[str]:
    from ..conformance.config.arguments import valid_token

    if file is None:
        return ()
    source = f"--more-tokens {file}"
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise click.UsageError(f"{source} cannot be read: {why}") from None
    tokens = [valid_token(each.strip(), source) for each in lines if each.strip()]
    Ending.current().secrets.update(tokens)
    return tokens
