"""`ruangkerja consumer`: test a page against every freedom of the contract."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ..spec.visible import line
from . import options
from .configured import Configured
from .ending import USAGE, EndedError, Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ..mock.faults import Freedom
    from ..spec.contract import Contract
    from ..traffic.consumer.results import Results


@click.command(cls=Configured)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--only", multiple=True, metavar="NAME", help="Test only this freedom or fault. Repeatable."
)
@click.option(
    "--except", "excepted", multiple=True, metavar="NAME", help="Leave this one out. Repeatable."
)
@click.option(
    "--faults",
    is_flag=True,
    help="Also run the command with each fault, and say which ones it notices. They do not change "
    "the exit code.",
)
@click.option("--list", "listed", is_flag=True, help="List the freedoms without testing them.")
@click.option(
    "--url-variable",
    "variable",
    default="RUANGKERJA_URL",
    show_default=True,
    metavar="NAME",
    help="The environment variable in which the command finds the URL of the stub.",
)
@options.port(0)
@click.option(
    "--timeout",
    type=options.SOME,
    default=120.0,
    show_default=True,
    help="The time limit for each run of the command, in seconds.",
)
@click.option(
    "--token",
    "tokens",
    multiple=True,
    hide_input=True,
    help="A token that the stub accepts. Repeatable. Default: the contract's example token.",
)
@click.option(
    "--report-dir",
    type=options.FOLDER,
    help="Write junit.xml, summary.md and consumer.json to this folder.",
)
@click.option(
    "--usage",
    type=options.FILE,
    help="Write what the command needs of a server to this file, for `ruangkerja may-deploy`. The "
    "command also runs without each member of the responses that it gets.",
)
@click.option(
    "--client",
    metavar="NAME",
    help="The name of the client in the usage file. Default: the name of the file.",
)
@options.FIXTURES
@options.CONTRACT
def consumer(
    command: tuple[str, ...],
    only: tuple[str, ...],
    excepted: tuple[str, ...],
    faults: bool,
    listed: bool,
    variable: str,
    port: int,
    timeout: float,
    tokens: tuple[str, ...],
    report_dir: Path | None,
    usage: Path | None,
    client: str | None,
    fixtures: tuple[Path, ...],
    contract: Contract,
) -> None:
    """Run COMMAND, such as `npm test`, against the stub with each freedom of the contract.

    A freedom is something in which servers may differ that all conform, such as members that the
    contract does not list, null, other time zones, or a 503 once. COMMAND is run without any first,
    and has to end with exit code 0. Write -- before it.

    Exit codes: 0 the command survived each freedom that changed a response to it, 1 it did not
    survive one, 2 wrong usage, or the command fails without any freedom, 3 not judged, as the
    command sent no request to the stub, or fails at random, 4 an error of the tool,
    130 interrupted.
    """
    from ..mock import faults as known

    freedoms: Mapping[str, Any] = known.read_freedoms()
    with options.refusing("invalid fixtures"):
        catalogue: Mapping[str, Any] = known.including(fixtures, contract) if faults else {}
    _check(only, excepted, [*freedoms, *catalogue])
    chosen = [*_chosen(freedoms, only, excepted)], [*_chosen(catalogue, only, excepted)]
    if listed:
        for each in (*chosen[0], *chosen[1]):
            click.echo(f"{each.name}\n  {each.title}")
        return
    if not command:
        raise click.UsageError("name the command that tests the page: ruangkerja consumer -- CMD")
    if report_dir is not None:
        Ending.current().begin_reports(report_dir)
    run = _Run(command, variable, port, timeout, tokens, fixtures, contract)
    if usage is None:
        results = run.test(chosen)
    else:
        with _usage(usage, client or usage.stem, contract) as write:
            results = run.test(chosen, needs=freedoms)
            write(results, freedoms, excepted)
    if report_dir is not None:
        _write(report_dir, results)
    sys.exit(results.exit_code)


def _check(only: Sequence[str], excepted: Sequence[str], known: Sequence[str]) -> None:
    from difflib import get_close_matches

    from ..spec.describing import joined

    for option, names in (("--only", only), ("--except", excepted)):
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=3, cutoff=0.4)
                hint = f"; did you mean {joined(near)}?" if near else ";"
                what = f"{option}: no freedom is called {name!r}{hint}"
                raise click.UsageError(f"{what} --list names all; for faults, add --faults")


def _chosen(
    known: Mapping[str, Any], only: Sequence[str], excepted: Sequence[str]
) -> Iterator[Any]:
    for name, each in known.items():
        if (not only or name in only) and name not in excepted:
            yield each


@dataclass(frozen=True)
class _Run:
    """How the command is run."""

    command: Sequence[str]
    variable: str
    port: int
    timeout: float
    tokens: Sequence[str]
    fixtures: Sequence[Path]
    contract: Contract

    def test(
        self,
        chosen: tuple[Sequence[Any], Sequence[Any]],
        *,
        needs: Mapping[str, Freedom] | None = None,
    ) -> Results:
        """Run the command, and return the results; raise EndedError if there are none."""
        from ..mock.serve.listening import AddressError
        from ..traffic.consumer import report
        from ..traffic.consumer.command import CommandError
        from ..traffic.consumer.run import ConsumerTest, NotTestedError
        from ..traffic.consumer.stub import ChangingStub
        from .details import masked

        with contextlib.ExitStack() as stack:
            with options.refusing("invalid fixtures"):
                stub = ChangingStub(
                    self.contract, tokens=self.tokens, fixtures=self.fixtures, port=self.port
                )
                try:
                    stack.enter_context(stub)
                except AddressError as error:
                    raise click.UsageError(str(error)) from None
            click.echo(f"{self.variable}={stub.url}")
            test = ConsumerTest(
                stub,
                self.command,
                masked(self.command)[0],
                self.variable,
                self.timeout,
                lambda trial: click.echo(report.progress(trial)),
            )
            try:
                results = test.run(*chosen, needs=needs)
            except CommandError as error:
                raise click.UsageError(line(str(error))) from None
            except NotTestedError as error:
                for each in report.quoted(error.lines):
                    click.echo(each, err=True)
                kind = "error" if error.ending == USAGE else "not judged"
                raise EndedError(f"{kind}: {error}", int(error.ending), str(error)) from None
        click.echo(report.terminal(results))
        return results


@contextlib.contextmanager
def _usage(file: Path, client: str, contract: Contract) -> Iterator[Callable[..., None]]:
    """Say in the usage file that the client is not tested, until the results are written there."""
    from ..spec.documents.writing import write
    from ..traffic.consumer import usage

    def put(reason: str) -> None:
        with options.writing("--usage", file):
            write(file, usage.untested(client, contract, reason).json())

    def put_results(
        results: Results, freedoms: Mapping[str, Freedom], accepted: Sequence[str]
    ) -> None:
        found = usage.usage_of(client, results, contract, freedoms, accepted)
        with options.writing("--usage", file):
            write(file, found.json())

    put("its test has not finished")
    try:
        yield put_results
    except EndedError as error:
        put(error.reason)
        raise


def _write(folder: Path, results: Results) -> None:
    from ..conformance.reporting.formats import folder as reports
    from ..traffic.consumer import report

    texts = {
        "junit.xml": report.junit(results),
        "summary.md": report.markdown(results),
        reports.CONSUMER: results.json(),
    }
    with options.writing("--report-dir", folder):
        reports.replace_all(folder, texts)
