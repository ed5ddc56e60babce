"""Names of extensions that are nearly those of this project."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from ..checks.extensions import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer

_ALIKE = 0.8
_ELSEWHERE = ("x-faker", "x-faker-locale", "x-example")
"""Those that the schema of extensions says nothing about."""


def unknown(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Yield the extensions of an element that are unknown, but close to a known one."""
    if place[-1:] == ("properties",):
        return
    for name in element:
        if name.startswith("x-") and name not in _known():
            near = get_close_matches(name, _known(), n=1, cutoff=_ALIKE)
            if near:
                yield (*place, name), f"{name} is unknown, and has no effect; {near[0]} is known"


@cache
def _known() -> tuple[str, ...]:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    return (*schema["properties"], *_ELSEWHERE)
