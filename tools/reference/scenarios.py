"""The scenarios of the stub: what a name in the path leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings

from .markdown import code, heading, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruangkerja.spec.contract import Contract

INTRODUCTION = """\
The stub answers every name with data of its own. These names answer in a special way, so that a
link is enough to see a page meet it. [How to add one](../how-to/add-a-scenario.md) takes a file.
"""


def page(contract: Contract) -> str:
    """Write the page."""
    return "\n".join(_parts(contract))


def _parts(contract: Contract) -> Iterator[str]:
    yield "# Scenarios\n"
    yield INTRODUCTION
    entries = Responder(contract, Settings()).scenarios.entries
    for operation in contract.operations:
        mine = [entry for entry in entries if entry.operation == operation.id]
        if mine:
            yield heading(2, f"`{operation.method} {operation.path}`", operation.id)
            yield table(
                ("Name", "What it answers"),
                ((code(entry.name), entry.description) for entry in mine),
            )
