"""The shape of a document: what OpenAPI's own JSON schema refuses is left out of it.

So all other modules can rely on the shape: a bound is a number, and a parameter has a name. Each
element that is left out is named with its place.
"""

from __future__ import annotations

import copy
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from ..documents.pointers import join
from . import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import jsonschema_rs

    from ..documents.draft import Draft
    from ..documents.pointers import Pointer

Mistake: TypeAlias = "tuple[Pointer, str]"

_MOST_AT_ONCE, _ROUNDS = 1000, 40
IGNORED_PARAMETER = {"name": "Accept", "in": "header", "schema": {}}
"""Stands in the place of a parameter that is left out, so that the others keep their places."""
# What is written for a member that has to be there.
_MISSING: Mapping[str, Any] = {
    "description": "",
    "title": "",
    "version": "",
    "url": "/",
    "schema": {},
    "items": {},
    "responses": {"default": {"description": ""}},
}
# What an element of a list is replaced by; another list is left out as a whole.
_ELEMENTS: Mapping[str, Any] = {
    "allOf": {},
    "anyOf": {},
    "oneOf": {},
    "parameters": IGNORED_PARAMETER,
    "servers": {"url": "/"},
}
_WORDS = {"true": True, "false": False}


def mend(draft: Draft) -> tuple[list[Mistake], list[Mistake]]:
    """Leave out what has the wrong shape; return what that was, and what cannot be left out."""
    validator = versions.shape(draft.document)
    told: list[Mistake] = []
    errors: list[jsonschema_rs.ValidationError] = []
    for _ in range(_ROUNDS):
        errors = list(islice(validator.iter_errors(draft.document), _MOST_AT_ONCE))
        if not errors:
            return told, []
        steps = [step for error in errors for step in _steps(error)]
        if needed := [(place, what) for place, what, _ in steps if place in _NEEDED]:
            return told, needed
        for place, what, change in steps:
            try:
                told.append((place, f"{what}; {change(draft, place)}"))
            except (LookupError, TypeError, ValueError):
                continue  # what is around it was left out just now
    return told, [(_place(error), error.message) for error in errors]


_NEEDED: set[Pointer] = {(), ("openapi",), ("paths",)}


def _place(error: jsonschema_rs.ValidationError) -> Pointer:
    return tuple(str(part) for part in error.instance_path)


def _steps(
    error: jsonschema_rs.ValidationError,
) -> Iterator[tuple[Pointer, str, Callable[[Draft, Pointer], str]]]:
    for inner in _deepest(error):
        place, kind = _place(inner), inner.kind
        missing = str(getattr(kind, "property", ""))
        if kind.name == "additionalProperties":
            for name in getattr(kind, "unexpected", ()):
                what = f"{name!r} is no member of {_named(place)}"
                yield (*place, name), what, _left_out
        elif kind.name == "required" and missing in _MISSING:
            yield (*place, missing), inner.message, _written
        else:
            yield place, inner.message, _corrected


def _named(place: Pointer) -> str:
    return join(place) or "the document"


def _deepest(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors of the branch of an anyOf or oneOf that fits best."""
    branches = [
        branch
        for branch in getattr(error.kind, "context", None) or ()
        # The other choice is nearly always a reference, which the element does not try to be.
        if branch and '"$ref" is a required property' not in branch[0].message
    ]
    if not branches:
        yield error
        return
    nearest = min(branches, key=len)
    told = [inner for inner in nearest if inner.kind.name not in {"oneOf", "anyOf"}]
    for inner in told or nearest:
        yield from _deepest(inner)


def _written(draft: Draft, place: Pointer) -> str:
    draft.put(place, copy.deepcopy(_MISSING[place[-1]]))
    return "it is taken as empty"


def _corrected(draft: Draft, place: Pointer) -> str:
    """Write a value of another type as what it means, or leave it out."""
    value = draft.get(place)
    if isinstance(value, str) and (meant := _meant(value)) is not None:
        draft.put(place, meant)
        return f"it is taken as {str(meant).lower()}"
    if isinstance(value, list) and len(once := _once(value)) < len(value):
        draft.put(place, once)
        return "the repetition is ignored"
    return _left_out(draft, place)


def _meant(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if len(text) < 16 and text.removeprefix("-").isdecimal() else None  # noqa: PLR2004


def _once(values: list[Any]) -> list[Any]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


def _left_out(draft: Draft, place: Pointer) -> str:
    if isinstance(draft.get(place[:-1]), dict):
        draft.remove(place)
    elif place[-2] in _ELEMENTS:
        draft.put(place, copy.deepcopy(_ELEMENTS[place[-2]]))
    else:
        draft.remove(place[:-1])
    return "it is ignored"
