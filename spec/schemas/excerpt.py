"""The beginning of a large value, in which violations are looked for: there may be millions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..documents.pointers import Pointer

_BY_BRANCHES = frozenset({"anyOf", "oneOf", "not"})


def errors(
    validator: jsonschema_rs.Validator, value: Any, most: int
) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors of a value.

    Of one with more than `most` elements, these are the errors in the first of them, or the first
    error if there is none.
    """
    if not _has_more(value, most):
        yield from validator.iter_errors(value)
        return
    excerpt, found = _Excerpt(most), False
    for error in validator.iter_errors(excerpt.copy(value, ())):
        place = tuple(map(str, error.instance_path))
        cut = place in excerpt.cut or (
            error.kind.name in _BY_BRANCHES
            and any(each[: len(place)] == place for each in excerpt.cut)
        )
        if not cut:
            found = True
            yield error
    if not found:
        try:
            validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            yield error


def _has_more(value: Any, most: int) -> bool:
    ahead, count = [value], 0
    while ahead and count <= most:
        each = ahead.pop()
        count += 1
        if isinstance(each, dict | list):
            if len(each) > most:
                return True
            ahead += each.values() if isinstance(each, dict) else each
    return count > most


class _Excerpt:
    """Copies the first elements of a value; `cut` are the places of what has more than that."""

    def __init__(self, most: int) -> None:
        self.cut: set[Pointer] = set()
        self._left = most

    def copy(self, value: Any, place: Pointer) -> Any:
        self._left -= 1
        if isinstance(value, dict):
            return dict(self._inside(value.items(), place))
        if isinstance(value, list):
            return [inner for _, inner in self._inside(enumerate(value), place)]
        return value

    def _inside(self, inside: Any, place: Pointer) -> Iterator[tuple[Any, Any]]:
        for name, inner in inside:
            if self._left <= 0:
                self.cut.add(place)
                return
            yield name, self.copy(inner, (*place, str(name)))
