"""What laws read of values: a column for each thing that is read, with a part of each value in it.

Equal keys stand for equal reads: 1, 1.0 and true have keys of their own.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Column: TypeAlias = tuple[str, str]
"""What an expression reads of each of many values: ('self', member), ('self', '') for the whole
value, ('size', member) for the number of elements, ('request', parameter)."""
Key: TypeAlias = Any
"""The value in each column, or the value itself if there is only one column."""


class _Absent:
    """Stands in a key for a member that is missing."""


class _NoObject:
    """Stands in a key for the members of a value that is not an object."""


class _Written(NamedTuple):
    """A value that equals another one in Python, as 1 equals True, with its text."""

    value: Any
    text: str


class _Length(NamedTuple):
    """An array of which only the number of its elements is read."""

    length: int

    @property
    def value(self) -> list[None]:
        return [None] * self.length


class Raw:
    """An array or object, for which no result is kept."""

    def __init__(self, value: Any) -> None:
        self.value = value


_ABSENT, NO_OBJECT = _Absent(), _NoObject()
_TRUE, _FALSE = _Written(True, "True"), _Written(False, "False")
_PLAIN = {str, int, type(None), _Absent, _NoObject}
_OR_FRACTIONS = {*_PLAIN, float}


def needed(columns: set[Column]) -> tuple[Column, ...]:
    """Return the columns without those whose values are in others as well."""
    if ("self", "") in columns:
        columns = {each for each in columns if each[0] == "request" or not each[1]}
    # An array that is read as well as counted is read.
    return tuple(
        sorted(each for each in columns if each[0] != "size" or ("self", each[1]) not in columns)
    )


def context(parts: Iterable[tuple[Column, Key]]) -> dict[str, Any]:
    """Return what an expression is evaluated in, given what it reads."""
    value: Any = {}
    request: dict[str, Any] = {}
    for (kind, name), part in parts:
        if part is _ABSENT:
            continue
        read = part.value if isinstance(part, _Written | _Length | Raw) else part
        if kind == "request":
            request[name] = read
        elif name:
            value[name] = read
        else:
            value = read
    return {"self": value, "request": request}


class Columns:
    """What is read of many values, each column of all of them at once."""

    def __init__(self, values: Sequence[Any], request: Mapping[str, Any]) -> None:
        self._values, self._request = values, request
        self._keys: dict[tuple[Column, ...], list[Key]] = {}

    def keys(self, columns: tuple[Column, ...]) -> list[Key]:
        """Return the key of each value, in order."""
        found = self._keys.get(columns)
        if found is None:
            if len(columns) == 1:
                found = self._column(*columns[0])
            elif columns:
                found = list(zip(*map(self.keys, zip(columns)), strict=True))
            else:
                found = [()] * len(self._values)
            self._keys[columns] = found
        return found

    def _column(self, kind: str, name: str) -> list[Key]:
        if kind == "request":
            return [_key(self._request.get(name, _ABSENT), kind)] * len(self._values)
        found = self._read(name)
        kinds = set(map(type, found))
        if kinds <= _PLAIN:
            return found
        if kinds <= _OR_FRACTIONS:
            fractions = [each for each in found if type(each) is float]
            if not any(map(float.is_integer, fractions)):
                return found
        return [each if type(each) in _PLAIN else _key(each, kind) for each in found]

    def _read(self, name: str) -> list[Any]:
        if not name:
            return list(self._values)
        try:
            return list(map(itemgetter(name), self._values))
        except (LookupError, TypeError):
            return [
                value.get(name, _ABSENT) if isinstance(value, dict) else NO_OBJECT
                for value in self._values
            ]


def key_getter(columns: tuple[Column, ...]) -> Callable[[Mapping[Column, Key]], Key]:
    """Return what makes the key of an expression from the part in each column."""
    return itemgetter(*columns) if columns else lambda _: ()


def part_of(value: Any, request: Mapping[str, Any], kind: str, name: str) -> Key:
    """Return what one column has of one value."""
    if kind == "request":
        return _key(request.get(name, _ABSENT), kind)
    if name:
        value = value.get(name, _ABSENT) if isinstance(value, dict) else NO_OBJECT
    return _key(value, kind)


def _key(value: Any, kind: str) -> Key:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, float):
        # A fraction equals no other value.
        return _Written(value, repr(value)) if value.is_integer() else value
    return _Length(len(value)) if kind == "size" and isinstance(value, list) else Raw(value)
