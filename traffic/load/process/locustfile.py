"""The file that `ruangkerja load` runs with Locust: one class of users that read lists."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ruangkerja.traffic.load.process.users import ContractUser

if TYPE_CHECKING:
    from types import TracebackType


class Reader(ContractUser):
    """A user that reads the lists of the contract."""


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell in one line which file Locust cannot write; Ctrl-C needs no words."""
    if isinstance(error, OSError):
        click.echo(f"Locust: {error.filename}: {error.strerror}", err=True)
    elif not isinstance(error, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _tell
