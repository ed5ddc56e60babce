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


_SECTIONS = {
    "Serve a contract": (mock, export, sample),
    "Check a server": (check, load, replay, may_deploy),
    "Check traffic": (proxy, audit, record),
    "Check a client": (consumer,),
    "Read reports": (compare, history, verify),
    "Change a contract": (lint, diff, selftest),
}
_SENTENCE = 200
"""More characters than the first sentence of a command has."""


class _InSections(ending.Commands):
    """The commands, by what they are for."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click passes it
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the first sentence of each command."""
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(str(each.name), each.get_short_help_str(_SENTENCE)) for each in commands]
                )


@click.group(cls=_InSections, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ruangkerja")
def cli() -> None:
    """Serve an API from its contract, or check a server against it.

    The contract is that of the Ruangkerja course users API, or with --spec any OpenAPI file.
    """


for _commands in _SECTIONS.values():
    for _command in _commands:
        cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with these arguments, or those of the process."""
    sys.exit(ending.run(cli, arguments))
