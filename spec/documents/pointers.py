"""Places in documents, written as JSON pointers, and `$ref` from one place to another."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Pointer: TypeAlias = tuple[str, ...]
"""A place in a document: the names and indexes that lead to it, () for the whole."""

_MOST_REFERENCES = 50
_FORM = "Write it as '#/components/…'"


def join(pointer: Iterable[str | int]) -> str:
    """Write a place as a JSON pointer (RFC 6901), '' for the whole document."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in pointer)


def split(pointer: str) -> Pointer:
    """Read a JSON pointer (RFC 6901); raise ValueError if it does not begin with '/'."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer begins with '/': {pointer!r}")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


class BrokenReferenceError(LookupError):
    """A `$ref` that leads nowhere, in a circle, or out of the file; `place` is where it stands."""

    def __init__(self, place: Pointer, message: str) -> None:
        self.place = place
        super().__init__(message)


def get(document: Any, place: Pointer) -> Any:
    """Return the element at a place; raise LookupError if there is none."""
    element = document
    for part in place:
        if isinstance(element, dict):
            element = element[part]
        elif isinstance(element, list) and part.isdecimal():
            element = element[int(part)]
        else:
            raise LookupError(part)
    return element


def lookup(value: Any, place: Pointer) -> Any:
    """Return the element at a place of a value, or None if there is none."""
    try:
        return get(value, place)
    except LookupError:
        return None


def elements(document: Any) -> Iterator[tuple[Pointer, Any]]:
    """Yield a document and every element in it with its place, in the order of the text."""
    ahead: list[tuple[Pointer, Any]] = [((), document)]
    while ahead:
        place, element = step = ahead.pop()
        yield step
        if isinstance(element, dict | list):
            inside = element.items() if isinstance(element, dict) else enumerate(element)
            ahead += reversed([((*place, str(name)), inner) for name, inner in inside])


def objects(element: Any, place: Pointer = ()) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Yield every object of a contract with its place, except in examples, which are data."""
    ahead: list[tuple[Pointer, Any]] = [(place, element)]
    while ahead:
        place, element = ahead.pop()
        if isinstance(element, list):
            inside = [((*place, str(index)), each) for index, each in enumerate(element)]
            ahead += [step for step in reversed(inside) if isinstance(step[1], dict | list)]
        elif isinstance(element, dict):
            yield place, element
            # A property may be called "example"; only outside `properties` is it one.
            named = place[-1:] == ("properties",)
            ahead += [
                ((*place, name), each)
                for name, each in reversed(element.items())
                if isinstance(each, dict | list)
                if named or name not in {"example", "value"}
            ]


def follow(document: Any, place: Pointer) -> tuple[Pointer, Any]:
    """Follow every `$ref` from a place to the element that it leads to.

    Return the place of that element, and the element. Raises BrokenReferenceError.
    """
    seen: set[Pointer] = set()
    while True:
        element = get(document, place)
        if not isinstance(element, dict) or not isinstance(element.get("$ref"), str):
            return place, element
        reference = element["$ref"]
        if place in seen:
            raise BrokenReferenceError(place, f"$ref {reference!r} leads in a circle")
        if len(seen) >= _MOST_REFERENCES:
            what = f"$ref {reference!r} leads through more than {_MOST_REFERENCES} others"
            raise BrokenReferenceError(place, what)
        seen.add(place)
        if not reference.startswith("#"):
            what = f"$ref {reference!r} leads to where a contract may not read. {_FORM}"
            raise BrokenReferenceError(place, what)
        try:
            target = split(unquote(reference[1:]))
            get(document, target)
        except (LookupError, ValueError):
            what = f"$ref {reference!r} leads nowhere. {_instead(document, reference)}"
            raise BrokenReferenceError(place, what) from None
        place = target


def _instead(document: Any, reference: str) -> str:
    """Return what to write in place of a reference that leads nowhere."""
    if not reference.startswith("#/"):
        return _FORM
    *around, name = split(unquote(reference[1:]))
    known = lookup(document, tuple(around))
    near = get_close_matches(name, known, 1) if isinstance(known, dict) else ()
    where = f"{join(around)} has no {name!r}"
    return f"Did you mean '#{join([*around, near[0]])}'?" if near else where
