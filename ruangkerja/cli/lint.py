"""`ruangkerja lint`: check a contract."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from . import options
from .configured import Configured

if TYPE_CHECKING:
    from pathlib import Path

_FOUND = 1


@click.command(cls=Configured)
@click.argument("file", type=options.FILE, required=False)
@options.POLICIES
def lint(file: Path | None, policies: tuple[str, ...]) -> None:
    """Check an OpenAPI file, and what this tool reads in it.

    Prints a line for each mistake: the file, the line, the JSON pointer, and what is wrong. Checks
    OpenAPI itself, the extensions, laws against schemas and parameters, examples and defaults,
    bounds and discriminators, and lists the operations that the stub cannot serve.

    Exit codes: 0 nothing found, 1 mistakes found, 2 the file cannot be used,
    4 an error of the tool.
    """
    from ..mock.responder import Responder
    from ..mock.settings import Settings
    from ..spec.describing import counted
    from ..spec.lint.lint import findings, shown

    contract = options.contract_in(file, policies)
    lines = [shown(problem) for problem in findings(contract)]
    with options.refusing("invalid contract"):
        responder = Responder(contract, Settings())
        # Of a small contract, all are prepared.
        for operation in contract.operations if responder.plans.is_large else ():
            responder.plans.prepare(operation)
    lines += [f"not served: {id_}: {why}" for id_, why in responder.plans.unserved.items()]
    for line in lines:
        click.echo(line)
    count = len(contract.operations)
    served = count - len(responder.plans.unserved)
    mistakes = counted(len(lines), "mistake", "mistakes")
    click.echo(f"{mistakes}; {served} of {count} operations can be served", err=True)
    sys.exit(_FOUND if lines else 0)
