"""Growth: how many schemas apply to one value once every `$ref` is written out.

A short file can stand for more schemas than any machine can go through: forty that contain the next
one twice are a million millions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import follow, objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer

MOST_APPLIED, MOST_LEVELS = 5_000, 50
_APPLIED = ("allOf", "anyOf", "oneOf", "not")


class _GrowthError(Exception):
    """Schemas that take too long to judge a value by; `place` is one of them."""

    def __init__(self, place: Pointer, what: str) -> None:
        self.place = place
        super().__init__(what)


def too_large(document: Mapping[str, Any]) -> dict[Pointer, str]:
    """Return the schemas that stand for too many, by place, with the reason."""
    counted, found = _Counted(document), {}
    for place, element in objects(document):
        if any(keyword in element for keyword in _APPLIED) and place[-1:] != ("properties",):
            try:
                counted.at(place)
            except _GrowthError as error:
                found[place] = found[error.place] = str(error)
            except (LookupError, ValueError):
                continue  # a reference that leads nowhere is named where it stands
    return found


class _Counted:
    """How many schemas apply to a value because one does, by the place of that one."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._known: dict[Pointer, int] = {}
        self._around: set[Pointer] = set()

    def at(self, start: Pointer, merged: tuple[Pointer, ...] = ()) -> int:
        """Count those of a place; `merged` are the schemas that are one with it by allOf."""
        place, schema = follow(self._document, start)
        if place in merged:
            raise _GrowthError(start, "allOf contains itself")
        if place in self._known or place in self._around or not isinstance(schema, dict):
            return self._known.get(place, 1)
        if len(self._around) >= MOST_LEVELS:
            raise _GrowthError(start, f"more than {MOST_LEVELS} schemas stand within each other")
        self._around.add(place)
        try:
            count = self._count(place, schema, merged)
        finally:
            self._around.discard(place)
        self._known[place] = count
        return count

    def _count(self, place: Pointer, schema: dict[str, Any], merged: tuple[Pointer, ...]) -> int:
        count = 1
        for keyword in _APPLIED:
            inside = schema.get(keyword, ())
            steps = [(keyword, str(n)) for n in range(len(inside))]
            for step in [(keyword,)] if isinstance(inside, dict) else steps:
                one = (*merged, place) if keyword == "allOf" else ()
                count += self.at((*place, *step), one)
        if count > MOST_APPLIED:
            what = f"the schema stands for more than {MOST_APPLIED} schemas of one value"
            raise _GrowthError(place, f"{what} once each $ref is written out")
        return count
