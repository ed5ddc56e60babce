"""Faults: named violations of the contract, each as a small change of what the stub does.

They serve two purposes: the suite is held against every one of them, and whoever builds a page
can see how it bears a broken server.
"""

from __future__ import annotations

import difflib

from . import authorization, envelope, errors, headers, http, items, paging, parameters, path
from .fault import Fault
from .faulty import Faulty

__all__ = ["CATALOGUE", "Fault", "Faulty", "find"]

_SECTIONS = (authorization, headers, parameters, path, envelope, items, paging, errors, http)

CATALOGUE: dict[str, Fault] = {
    fault.name: fault for section in _SECTIONS for fault in section.FAULTS
}
"""Every fault by name, in the order of the sections of the document."""


def find(name: str) -> Fault:
    """Give a fault by name; raise LookupError, whose text names those that are near."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name, CATALOGUE, n=3, cutoff=0.4)
    hint = f"; near are {', '.join(near)}" if near else ""
    raise LookupError(f"there is no fault called {name!r}{hint}")
