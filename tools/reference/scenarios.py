"""The page about the scenarios of the stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings

from .markdown import code, heading, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

INTRODUCTION = """\
Most courses have generated users. The courses on this page select a scenario, so you can choose it
in a link. You can also [add a scenario](../how-to/add-a-scenario.md).
"""


def page(contract: Contract) -> str:
    """Return the page."""
    return "\n".join(_parts(contract))


def _parts(contract: Contract) -> Iterator[str]:
    yield "# Scenarios\n"
    yield INTRODUCTION
    entries = Responder(contract, Settings()).scenarios.entries
    for operation in contract.operations:
        mine = [entry for entry in entries if entry.operation is operation]
        if mine:
            yield heading(2, f"`{operation.method} {operation.path}`", operation.id)
            yield table(
                ("Name", "Response"),
                ((code(entry.name), entry.description) for entry in mine),
            )
