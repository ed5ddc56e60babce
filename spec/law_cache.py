"""Laws over a few plain members, each answered once for equal members.

To hand a row to CEL costs far more than to judge it, and rows repeat: of a hundred people most
have the status, the score or the day of somebody else. What a law says depends on nothing but the
members that it reads, so its answer for them is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import cel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .laws import Law

Key = Any
"""The value of each member in turn, or the value alone where there is one member."""

MOST_KNOWN = 4_096
"""Answers of one expression that are kept."""
LONGEST_KNOWN = 256
"""Characters of a text for which answers are kept."""

NAMED = re.compile(r"\bself\.([A-Za-z_]\w*)\b(?!\s*\()")
"""The members of `self` that an expression names."""
_WHOLE = re.compile(r"\b(?:self|request)\b")
CANNOT_BE_SAID = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What CEL raises where an expression does not fit a value."""


class _Absent:
    """What stands in a key for a member that is not there."""


_ABSENT = _Absent()
_PLAIN = {str, int, float, bool, type(None), _Absent}
# To Python 1 is 1.0 and True, and 0.0 is -0.0: these stand in a key as `_Written`.
_MISTAKEN = {float, bool}


_ALL_HOLD = {True}


class NotPlainError(Exception):
    """Values that are no objects, or hold more than text, numbers, booleans and null there."""


def members_of(law: Law) -> tuple[Sequence[str], Sequence[str]] | None:
    """Give the members of `self` that a law reads, those of its `when` and the others.

    None where it reads the request, or `self` as a whole.
    """
    if _WHOLE.search(NAMED.sub("", f"{law.when}\n{law.rule}")):
        return None
    when = sorted(set(NAMED.findall(law.when)))
    return when, sorted(set(NAMED.findall(law.rule)) - set(when))


class _Cached(NamedTuple):
    """A law with the members that it reads, those of its `when` first."""

    law: Law
    when: _Question
    names: tuple[str, ...]
    rule: _Question


class LawCache:
    """Laws that read nothing but members of `self`; raises ValueError for any other."""

    def __init__(self, laws: Sequence[Law]) -> None:
        self._by_when: dict[tuple[str, ...], list[_Cached]] = {}
        for law in laws:
            members = members_of(law)
            if members is None:
                raise ValueError(f"{law.rule!r} reads more than members")
            names = (*members[0], *members[1])
            when = _Question(f"({law.when}\n) ? true : false", members[0])
            recalled = _Cached(law, when, names, _Question(law.rule, names))
            self._by_when.setdefault(tuple(members[0]), []).append(recalled)

    def answers(self, values: Sequence[Any]) -> Iterator[tuple[Law, bool, int]]:
        """Give each law that applies to some of the values: whether it holds, and for how many.

        A law that holds for some and not for others is given twice. Raises NotPlainError.
        """
        columns = _Columns(values)
        for first, laws in self._by_when.items():
            keys = list(columns.keys(first))
            counted = Counter(keys)
            for law, when, names, rule in laws:
                applying = {key: number for key, number in counted.items() if when[key]}
                if not applying:
                    continue
                asked: Iterable[Key] = applying
                if names != first:
                    asked = columns.keys(names)
                    if len(applying) < len(counted):
                        asked = compress(asked, map(applying.__contains__, keys))
                    asked = list(asked)
                if set(map(rule.__getitem__, set(asked))) == _ALL_HOLD:
                    yield law, True, sum(applying.values())
                    continue
                numbers = {True: 0, False: 0}
                for key, number in (applying if names == first else Counter(asked)).items():
                    answer = rule[key]
                    if answer is not None:
                        numbers[bool(answer)] += number
                yield from ((law, holds, number) for holds, number in numbers.items() if number)


class _Columns:
    """Members of many objects, each read from all of them at once."""

    def __init__(self, values: Sequence[Any]) -> None:
        if set(map(type, values)) - {dict}:
            raise NotPlainError
        self._values = values
        self._read: dict[str, list[Any]] = {}

    def keys(self, names: Sequence[str]) -> Iterator[Key]:
        """Give the key of each object, in order."""
        if len(names) == 1:
            return iter(self._column(names[0]))
        if not names:
            return iter([()] * len(self._values))
        return zip(*map(self._column, names), strict=True)

    def _column(self, name: str) -> list[Any]:
        column = self._read.get(name)
        if column is None:
            column = [value.get(name, _ABSENT) for value in self._values]
            kinds = set(map(type, column))
            if kinds - _PLAIN:
                raise NotPlainError
            if kinds & _MISTAKEN:
                column = [_Written(v, repr(v)) if type(v) in _MISTAKEN else v for v in column]
            self._read[name] = column
        return column


class _Written(NamedTuple):
    """A value that is taken for another one, with what it is written as."""

    value: Any
    text: str


class _Question(dict[Key, Any]):
    """What one expression says, by the members that it reads; None where it cannot be evaluated.

    It is asked for what is not known yet; `names` are the members, in the order of the keys.
    """

    def __init__(self, expression: str, names: Sequence[str]) -> None:
        super().__init__()
        self._program = cel.compile(expression)
        self._names = tuple(names)

    def __missing__(self, key: Key) -> Any:
        parts = (key,) if len(self._names) == 1 else key
        answer = self._evaluate(parts)
        if not any(type(part) is str and len(part) > LONGEST_KNOWN for part in parts):
            if len(self) >= MOST_KNOWN:
                self.clear()
            self[key] = answer
        return answer

    def _evaluate(self, parts: tuple[Any, ...]) -> Any:
        value = {
            name: part.value if isinstance(part, _Written) else part
            for name, part in zip(self._names, parts, strict=True)
            if part is not _ABSENT
        }
        try:
            return self._program.execute({"self": value, "request": {}})
        except CANNOT_BE_SAID:
            return None
