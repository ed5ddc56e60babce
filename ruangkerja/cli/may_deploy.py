"""`ruangkerja may-deploy`: whether a server serves its clients."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ..spec.contract import Contract

_FORMATS = ("text", "json", "markdown")


@click.command("may-deploy", cls=Configured)
@click.argument("report", type=options.REPORT)
@click.argument("usages", metavar="USAGE...", nargs=-1, required=True, type=options.FILE)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    type=options.FILE,
    help="A contract that a client or the server was tested with, if they differ: what changed "
    "between them then decides. Repeatable.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=options.FILE,
    help="With --contract: the file of a policy that a client or the server was tested with. "
    "Built-in policies are known. Repeatable.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How the answer is printed.",
)
def may_deploy(
    report: Path,
    usages: tuple[Path, ...],
    contracts: tuple[Path, ...],
    policies: tuple[Path, ...],
    form: str,
) -> None:
    """Say whether the server of REPORT, a report.json, serves the clients of USAGE files.

    `ruangkerja check --report-dir` writes the report, `ruangkerja consumer --usage` a usage file.
    Nothing is requested: all files can come from other machines.

    Exit codes: 0 the server serves all clients, 1 it does not serve at least one, 2 wrong usage, or
    an invalid file, 3 not judged, as the report or a usage file leaves open what decides,
    4 an error of the tool.
    """
    from ..conformance.comparison.results import deployment, deployment_text, reports, usage
    from ..conformance.comparison.results.evolution import Known

    try:
        server, clients = reports.load(report), [*map(usage.load, usages)]
        stated = [[str(each["name"]) for each in server.policies], *(c.policies for c in clients)]
        known = Known(_under(contracts, policies, stated))
        found = deployment.decide(server, clients, known)
    except reports.ReportError as error:
        click.echo(str(error), err=True)
        sys.exit(options.USAGE)
    click.echo(deployment_text.RENDERERS[form](found), nl=False)
    sys.exit(int(found.exit))


def _under(
    contracts: Iterable[Path], policies: Iterable[Path], stated: Iterable[Iterable[str]]
) -> Iterator[Contract]:
    """Yield each contract, and each under the policies that a test states by their names."""
    from ..spec.contract import load
    from ..spec.documents.problems import SourceError
    from ..spec.policies.policy import PolicyError

    files, stated = {path.stem: path for path in policies}, [tuple(names) for names in stated]
    for name in sorted(files.keys() - {name for names in stated for name in names}):
        raise click.UsageError(f"--policy: nothing was tested with a policy {name!r}")
    chosen = dict.fromkeys(tuple(files.get(name, name) for name in names) for names in stated)
    for contract in contracts:
        yield options.contract_in(contract, ())
        for some in chosen:
            # A name from a report is never the path of a file.
            if some and not any(isinstance(each, str) and "." in each for each in some):
                # The policies of one contract need not fit another one.
                with suppress(PolicyError, SourceError):
                    yield load(contract, some)
