"""Faults and freedoms: named ways to violate the contract, and named ways to conform to it.

Both are described in YAML and applied to the stub.

The suite is tested against every one of them, and a page can be tested against a broken server. The
application imports this package when a fault is requested, the self-test always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import joined, nearest
from .catalogue import BUILT_IN, read, read_folders, read_freedoms
from .fault import EVERYTHING, Fault
from .faulty import Faulty
from .freedoms import Freedom

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ...spec.contract import Contract

__all__ = [
    "CATALOGUE",
    "EVERYTHING",
    "Fault",
    "Faulty",
    "Freedom",
    "find",
    "including",
    "read_freedoms",
]

CATALOGUE: Mapping[str, Fault] = read(BUILT_IN)
"""Every built-in fault by name, in the order of the register's sections."""


def including(folders: Sequence[Path], contract: Contract) -> Mapping[str, Fault]:
    """Return the built-in faults, and those in folders of fixtures.

    Raises SourceError with every mistake in the folders.
    """
    known = {requirement.id for requirement in contract.register}
    return {**CATALOGUE, **read_folders(folders, known, CATALOGUE)}


def find(name: str, catalogue: Mapping[str, Fault] = CATALOGUE) -> Fault:
    """Return a fault by name; raise LookupError, whose text names similar ones."""
    if name in catalogue:
        return catalogue[name]
    near = joined(nearest(name, catalogue), "and")
    raise LookupError(f"there is no fault called {name!r}; the most similar are {near}")
