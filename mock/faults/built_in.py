"""The built-in faults: those of the built-in contract, and those of every contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import joined, nearest
from ...spec.register import ASPECTS
from .catalogue import BUILT_IN, read, read_folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ...spec.contract import Contract
    from .fault import Fault

_ALL = read(BUILT_IN)
CATALOGUE: Mapping[str, Fault] = {
    name: fault for name, fault in _ALL.items() if fault.requirement not in ASPECTS
}
"""Every fault of the built-in contract by name, in the order of the register's sections."""
GENERAL: Mapping[str, Fault] = {
    name: fault for name, fault in _ALL.items() if name not in CATALOGUE
}
"""The built-in faults of every contract that has the aspects that they break, by name."""


def including(folders: Sequence[Path], contract: Contract) -> Mapping[str, Fault]:
    """Return the built-in faults, and those in folders of fixtures.

    A fault that breaks aspects breaks the requirements of the contract that have them. The general
    ones are left out if there are none, or if the contract lacks the aspect that they need. Raises
    SourceError with every mistake in the folders.
    """
    register = contract.register
    aspects = {aspect for requirement in register for aspect in requirement.aspects}
    general = {
        name: fault
        for name, fault in GENERAL.items()
        if {fault.requirement, fault.needs or fault.requirement} <= aspects
    }
    known = {requirement.id for requirement in register} | ASPECTS
    own = read_folders(folders, known, _ALL)
    return {name: fault.of(register) for name, fault in {**CATALOGUE, **general, **own}.items()}


def find(name: str, catalogue: Mapping[str, Fault] = CATALOGUE) -> Fault:
    """Return a fault by name; raise LookupError, whose text names similar ones."""
    if name in catalogue:
        return catalogue[name]
    near = joined(nearest(name, catalogue), "and")
    raise LookupError(f"there is no fault called {name!r}; the most similar are {near}")
