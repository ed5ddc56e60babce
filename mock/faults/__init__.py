"""Faults and freedoms: named ways to violate the contract, and named ways to conform to it.

Both are described in YAML and applied to the stub.

The suite is tested against every one of them, and a page can be tested against a broken server. The
application imports this package when a fault is requested, the self-test always. Each name is
imported when it is first used: a run that looks for freedoms in responses needs no operators.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .built_in import CATALOGUE, GENERAL, find, including
    from .catalogue import read_freedoms
    from .fault import EVERYTHING, Fault
    from .faulty import Faulty
    from .freedoms import Freedom

__all__ = [
    "CATALOGUE",
    "EVERYTHING",
    "FREEDOMS",
    "GENERAL",
    "Fault",
    "Faulty",
    "Freedom",
    "find",
    "including",
    "read_freedoms",
]

FREEDOMS = Path(__file__).with_name("freedoms.yaml")
_DEFINED_IN = {
    **dict.fromkeys(("CATALOGUE", "GENERAL", "find", "including"), ".built_in"),
    **dict.fromkeys(("EVERYTHING", "Fault"), ".fault"),
    "Faulty": ".faulty",
    "Freedom": ".freedoms",
    "read_freedoms": ".catalogue",
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DEFINED_IN[name], __name__), name)
