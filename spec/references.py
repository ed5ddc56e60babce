"""`$ref` within one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .source import split

if TYPE_CHECKING:
    from .source import Pointer


class BrokenReferenceError(LookupError):
    """A `$ref` that leads nowhere, in a circle, or out of the file; `place` is where it stands."""

    def __init__(self, place: Pointer, message: str) -> None:
        self.place = place
        super().__init__(message)


def get(document: Any, place: Pointer) -> Any:
    """Give the element at a place; raise LookupError where there is none."""
    element = document
    for part in place:
        if isinstance(element, dict):
            element = element[part]
        elif isinstance(element, list) and part.isdecimal():
            element = element[int(part)]
        else:
            raise LookupError(part)
    return element


def follow(document: Any, place: Pointer) -> tuple[Pointer, Any]:
    """Go from a place through every `$ref` to the element that is meant.

    Gives where that element stands, and the element; raises BrokenReferenceError.
    """
    seen: set[Pointer] = set()
    while True:
        element = get(document, place)
        if not isinstance(element, dict) or not isinstance(element.get("$ref"), str):
            return place, element
        reference = element["$ref"]
        if place in seen:
            raise BrokenReferenceError(place, f"$ref {reference!r} leads in a circle")
        seen.add(place)
        if not reference.startswith("#"):
            raise BrokenReferenceError(
                place, f"$ref {reference!r} leads out of the file; a contract is one file"
            )
        try:
            target = split(unquote(reference[1:]))
            get(document, target)
        except (LookupError, ValueError):
            raise BrokenReferenceError(place, f"$ref {reference!r} leads nowhere") from None
        place = target
