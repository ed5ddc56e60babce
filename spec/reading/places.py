"""Where the operations of a document stand, and their parameters."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..documents.pointers import follow, get
from ..model.operation import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer


def operation_places(document: Mapping[str, Any]) -> Iterator[Pointer]:
    """Yield the places of the operations."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if isinstance(item, dict) and method in item:
                yield ("paths", path, method)


def parameter_places(document: Mapping[str, Any], operation: Pointer) -> Iterator[Pointer]:
    """Yield the places of an operation's parameters, those of its path first."""
    for owner in (operation[:2], operation):
        for index in range(len(get(document, owner).get("parameters", ()))):
            yield (*owner, "parameters", str(index))


def keys_of(document: Mapping[str, Any], operation: Pointer) -> frozenset[tuple[str, str]]:
    """Return where the keys are that the security of an operation asks for: place and name.

    The names of headers are in lower case.
    """
    raw, found = get(document, operation), set()
    for name in {n for each in raw.get("security", document.get("security", ())) for n in each}:
        with suppress(LookupError):
            _, scheme = follow(document, ("components", "securitySchemes", name))
            if scheme.get("type") == "apiKey":
                place, own = str(scheme.get("in")), str(scheme.get("name"))
                found.add((place, own.lower() if place == "header" else own))
    return frozenset(found)
