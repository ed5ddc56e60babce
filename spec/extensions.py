"""The extensions of the contract: whether each has the shape that its reader counts on.

OpenAPI lets anything stand under a name that begins with `x-`. Each extension read here has a
JSON schema of its own, so that a misspelled member is found as one, with its line.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .source import Pointer

_SCHEMA = Path(__file__).with_name("extensions.schema.yaml")


def problems(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Give where the extensions of one element of a contract are not as they have to be, and how.

    `element` is the object at `place`; what stands deeper in it is not looked at, unless it
    belongs to one of its extensions.
    """
    own = {name: value for name, value in element.items() if name.startswith("x-")}
    for inner, what, hint in files.mistakes(own, _SCHEMA) if own else ():
        told = what if inner[1:] == () and what.startswith(inner) else f"{inner[0]}: {what}"
        yield (*place, *inner), f"{told}. {hint}" if hint else told
    if "x-validations" in element:
        for what in _out_of_sight(place, element):
            yield (*place, "x-validations"), f"x-validations has no effect {what}"


def _out_of_sight(place: Pointer, element: Mapping[str, Any]) -> Iterator[str]:
    """Say why laws at a place would never be looked at, if that is so."""
    if {"content", "schema", "responses"} & element.keys():
        yield "here; it belongs on a schema"
    for before, part in pairwise(("", *place)):
        # Which branch a value took is not known; and a property may have such a name.
        if part in _BRANCHES and before != "properties":
            yield f"below {part}; put it on the schema that has {part}"


_BRANCHES = frozenset({"anyOf", "oneOf", "not", "additionalProperties"})
