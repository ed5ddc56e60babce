"""Derived names: names made from one that exists, which a careless comparison takes for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Put before or behind a name: nobody gives a list such a name.
_MORE = "7Q4Z"


@lru_cache(maxsize=256)
def derived_names(name: str) -> Mapping[str, str]:
    """Return the names that are made from a name, each with how it was changed."""
    found = {
        f"{name}-{_MORE}": "a suffix",
        f"{_MORE}-{name}": "a prefix",
        f"{name}\0{_MORE}": "NUL and more behind it",
        f"{name} ": "a blank behind it",
    }
    start = name[:-1]
    if start:
        found |= {
            start: "its end cut off",
            f"{start}%": "% for its end",
            f"{start}_": "_ for its end",
            f"{start}*": "* for its end",
        }
    return {other: how for other, how in found.items() if other != name}


def is_cut_off(name: str, other: str) -> bool:
    """Whether a name is the beginning of another one, so that it may well be a list of its own."""
    return name == other[:-1]
