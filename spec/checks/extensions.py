"""Extensions of OpenAPI: what may stand under those that the project reads."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..documents import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer

SCHEMA = Path(__file__).parent.with_name("extensions.schema.yaml")


def extensions(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Yield the mistakes in the extensions of one element: the place, and what is wrong.

    `element` is the object at `place`; what stands deeper in it is not looked at, unless it belongs
    to one of its extensions.
    """
    # Under `properties` the names are those of members, whatever they look like.
    if place[-1:] == ("properties",):
        return
    own = {name: value for name, value in element.items() if name.startswith("x-")}
    for inner, what, hint in files.mistakes(own, SCHEMA) if own else ():
        told = what if inner[1:] == () and what.startswith(inner) else f"{inner[0]}: {what}"
        yield (*place, *inner), f"{told}. {hint}" if hint else told
    if "x-validations" in element:
        for what in _out_of_sight(place, element):
            yield (*place, "x-validations"), f"x-validations has no effect {what}"


def _out_of_sight(place: Pointer, element: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons why laws at a place would never be evaluated."""
    if {"content", "schema", "responses"} & element.keys():
        yield "here; it belongs on a schema"
    for before, part in pairwise(("", *place)):
        # Which branch a value took is not known; and a property may have such a name.
        if part in _BRANCHES and before != "properties":
            yield f"below {part}; put it on the schema that has {part}"


_BRANCHES = frozenset({"anyOf", "oneOf", "not", "additionalProperties"})
