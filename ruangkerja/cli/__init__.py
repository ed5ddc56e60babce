"""The command `ruangkerja`: one module for each of its commands.

The commands parse options and call the library; nothing imports them. Each command imports what it
needs when it runs, so serving does not load the suite, and checking does not load the stub.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .. import __version__
from . import ending
from .audit import audit
from .check import check
from .compare import compare
from .consumer import consumer
from .diff import diff
from .export import export
from .history import history
from .lint import lint
from .load import load
from .may_deploy import may_deploy
from .mock import mock
from .proxy import proxy
from .record import record
from .replay import replay
from .sample import sample
from .selftest import selftest
from .verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(cls=ending.Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ruangkerja")
def cli() -> None:
    """Serve an API from its contract, or check a server against it.

    The contract is that of the Ruangkerja course users API, or with --spec any OpenAPI file.
    """


for _command in (
    *(mock, check, load, lint, diff, consumer, may_deploy, selftest, compare, history),
    *(verify, audit, proxy, record, replay, sample, export),
):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; the entry point of the package."""
    sys.exit(ending.run(cli, arguments))


if __name__ == "__main__":
    main()
