"""Check that a file is OpenAPI, and its extensions; each mistake has its line.

What a contract can be used without is left out of it, with a warning. It is refused for mistakes in
the extensions of this project, and for references to where it may not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.draft import Draft
from ..documents.pointers import objects
from ..documents.problems import SourceError
from ..schemas import dialects
from ..visible import cut
from . import elements, paths, shape, versions
from .extensions import extensions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..documents.problems import Problem
    from ..documents.source import Source
    from .shape import Mistake

_LONGEST = 320
MOST_FOUND, MOST_WARNED = 100, 1000
_IGNORED = {"pattern", "x-faker"}
"""Members that are left out if something is wrong with them."""


def usable(source: Source) -> tuple[Source, list[Problem]]:
    """Return a file without what is not OpenAPI, and warnings of what that was.

    The result is in the words of OpenAPI 3.0 (`dialects`), so `nullable` in it means something.
    Raises SourceError for a file that cannot be used.
    """
    if (unread := versions.refused(source.value)) is not None:
        raise SourceError([source.problem(*unread)])
    draft, warnings = Draft(source.value), []

    def refuse(mistakes: Iterable[Mistake]) -> None:
        if refused := list(dict.fromkeys(mistakes))[:MOST_FOUND]:
            raise SourceError(_problems(source, refused))

    def warn(mistakes: Iterable[Mistake]) -> None:
        some = list(dict.fromkeys(mistakes))[:MOST_WARNED]
        warnings.extend(_problems(source, some))

    mended, remaining = shape.mend(draft)
    refuse([*remaining, *mended] if remaining else ())
    warn(mended)
    draft = Draft(dialects.normalized(source.with_value(draft.document)).value)
    refused, unlike = _walk(draft.document)
    refuse(refused)
    for place, _ in unlike:
        if place[-1] in _IGNORED:
            draft.remove(place)
    warn(unlike)
    warn(list(paths.mend(draft)))
    return source.with_value(draft.document), warnings


def _walk(document: dict[str, Any]) -> tuple[list[Mistake], list[Mistake]]:
    """Return the mistakes in single elements: those to refuse a file for, and others."""
    refused: list[Mistake] = []
    unlike: list[Mistake] = []
    for place, element in objects(document):
        refused += extensions(place, element)
        if "$ref" in element:
            away = element["$ref"]
            found = list(elements.references(document, place, element))
            (refused if isinstance(away, str) and not away.startswith("#") else unlike).extend(
                found
            )
        if "pattern" in element:
            unlike += elements.patterns(place, element)
        if "nullable" in element:
            unlike += elements.nullables(place, element)
        if "x-faker" in element:
            unlike += elements.directives(place, element)
    return refused, unlike


def problems(source: Source) -> list[Problem]:
    """Return what is wrong with a file as OpenAPI."""
    try:
        return usable(source)[1]
    except SourceError as error:
        return list(error.problems)


def _problems(source: Source, mistakes: Iterable[Mistake]) -> list[Problem]:
    return [source.problem(place, _short(what)) for place, what in mistakes]


def _short(message: str) -> str:
    text = " ".join(message.split())
    return cut(text, _LONGEST)
