"""Faults and freedoms: named ways to violate the contract, and named ways to conform to it.

Both are described in YAML and applied to the stub.

The suite is tested against every one of them, and a page can be tested against a broken server. The
application imports this package when a fault is requested, the self-test always.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ...spec.describing import joined, nearest
from ...spec.register import ASPECTS
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
    "GENERAL",
    "Fault",
    "Faulty",
    "Freedom",
    "find",
    "including",
    "read_freedoms",
]

CATALOGUE: Mapping[str, Fault]
"""Every fault of the built-in contract by name, in the order of the register's sections."""
GENERAL: Mapping[str, Fault]
"""The built-in faults of every contract that has the aspects that they break, by name."""


@cache
def _catalogues() -> Mapping[str, Mapping[str, Fault]]:
    """Return what the names above stand for: who needs freedoms alone does not wait for faults."""
    faults = read(BUILT_IN)
    found: dict[str, dict[str, Fault]] = {"CATALOGUE": {}, "GENERAL": {}}
    for name, fault in faults.items():
        found["GENERAL" if fault.requirement in ASPECTS else "CATALOGUE"][name] = fault
    return found


def __getattr__(name: str) -> Mapping[str, Fault]:
    if name in {"CATALOGUE", "GENERAL"}:
        return _catalogues()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def including(folders: Sequence[Path], contract: Contract) -> Mapping[str, Fault]:
    """Return the built-in faults, and those in folders of fixtures.

    A fault that breaks aspects breaks the requirements of the contract that have them. The general
    ones are left out if there are none, or if the contract lacks the aspect that they need. Raises
    SourceError with every mistake in the folders.
    """
    register, catalogues = contract.register, _catalogues()
    aspects = {aspect for requirement in register for aspect in requirement.aspects}
    general = {
        name: fault
        for name, fault in catalogues["GENERAL"].items()
        if {fault.requirement, fault.needs or fault.requirement} <= aspects
    }
    known = {requirement.id for requirement in register} | ASPECTS
    built_in = catalogues["CATALOGUE"]
    own = read_folders(folders, known, {**built_in, **catalogues["GENERAL"]})
    return {name: fault.of(register) for name, fault in {**built_in, **general, **own}.items()}


def find(name: str, catalogue: Mapping[str, Fault] | None = None) -> Fault:
    """Return a fault by name, a built-in one by default.

    Raises LookupError, whose text names similar ones.
    """
    catalogue = _catalogues()["CATALOGUE"] if catalogue is None else catalogue
    if name in catalogue:
        return catalogue[name]
    near = joined(nearest(name, catalogue), "and")
    raise LookupError(f"there is no fault called {name!r}; the most similar are {near}")
