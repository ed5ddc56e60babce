"""Checks of single elements: references, patterns, `nullable`, and `x-faker`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from ..describing import actual
from ..documents.pointers import BrokenReferenceError, follow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer
    from .shape import Mistake

_TYPED = {"type", "allOf", "anyOf", "oneOf"}


def references(
    document: Mapping[str, Any], place: Pointer, element: Mapping[str, Any]
) -> Iterator[Mistake]:
    """Yield the mistake in the `$ref` of an element, if there is one."""
    if isinstance(element.get("$ref"), str):
        try:
            follow(document, place)
        except BrokenReferenceError as error:
            yield (*error.place, "$ref"), str(error)


def patterns(place: Pointer, element: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistake in the `pattern` of a schema, if there is one."""
    pattern = element.get("pattern")
    if isinstance(pattern, str) and not any(part.startswith("x-") for part in place):
        if _is_pattern(pattern):
            return
        what = "is not a regular expression of ECMA-262, or needs too much memory"
        yield (*place, "pattern"), f"the pattern {actual(pattern)} {what}; it is ignored"


@lru_cache(maxsize=1000)
def _is_pattern(pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def nullables(place: Pointer, element: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistake in the `nullable` of a schema, if there is one."""
    if element.get("nullable") is True and not _TYPED & element.keys():
        yield (*place, "nullable"), "nullable has no effect without a type beside it"


def directives(place: Pointer, element: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistake in the `x-faker` of a schema, if it names a method of faker.js.

    Other tools read the same extension, and write a module before the method.
    """
    directive = element["x-faker"]
    name = next(iter(directive), None) if isinstance(directive, dict) else directive
    if isinstance(name, str) and "." in name and place[-1:] != ("properties",):
        what = f"x-faker has {actual(name)}, which is a method of another library"
        yield (*place, "x-faker"), f"{what}; it is ignored"
