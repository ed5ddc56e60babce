"""Laws over a few plain members, each answered once for equal members.

To hand a row to CEL costs far more than to judge it, and rows repeat: of a hundred people most
have the status, the score or the day of somebody else. What a law says depends on nothing but the
members that it reads, so its answer for them is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import cel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .laws import Law

Key = tuple[Any, ...]
"""The type and the value of each member in turn, floats in hexadecimal: to Python 1 is 1.0."""

MOST_KNOWN = 4_096
"""Answers of one expression that are kept."""
LONGEST_KNOWN = 256
"""Characters of a text for which answers are kept."""

NAMED = re.compile(r"\bself\.([A-Za-z_]\w*)\b(?!\s*\()")
"""The members of `self` that an expression names."""
_WHOLE = re.compile(r"\b(?:self|request)\b")
CANNOT_BE_SAID = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What CEL raises where an expression does not fit a value."""
_PLAIN = {str, int, float, bool, type(None)}


class _Absent:
    """What stands in a key for a member that is not there."""


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


class RecalledLaws:
    """Laws that read nothing but members of `self`; raises ValueError for any other."""

    def __init__(self, laws: Sequence[Law]) -> None:
        self._alike: dict[tuple[str, ...], list[tuple[Law, _Question, int, _Question]]] = {}
        for law in laws:
            members = members_of(law)
            if members is None:
                raise ValueError(f"{law.rule!r} reads more than members")
            names = (*members[0], *members[1])
            when = _Question(f"({law.when}\n) ? true : false", members[0])
            entry = (law, when, 2 * len(members[0]), _Question(law.rule, names))
            self._alike.setdefault(names, []).append(entry)

    def answers(self, values: Sequence[Any]) -> Iterator[tuple[Law, Any, int]]:
        """Give each law that applies to some of the values, with its answer and their number.

        An answer is given for each combination of members that occurs. Raises NotPlainError.
        """
        columns = _Columns(values)
        for names, laws in self._alike.items():
            counted = Counter(columns.keys(names))
            for law, when, width, rule in laws:
                for key, number in counted.items():
                    if when.answer(key[:width]):
                        answer = rule.answer(key)
                        if answer is not None:
                            yield law, answer, number


class _Columns:
    """Members of many objects, each read from all of them at once."""

    def __init__(self, values: Sequence[Any]) -> None:
        if not all(type(value) is dict for value in values):
            raise NotPlainError
        self._values = values
        self._read: dict[str, tuple[list[type], list[Any]]] = {}

    def keys(self, names: Sequence[str]) -> Iterator[Key]:
        """Give the key of each object, in order."""
        if not names:
            return iter([()] * len(self._values))
        return zip(*(part for name in names for part in self._column(name)), strict=True)

    def _column(self, name: str) -> tuple[list[type], list[Any]]:
        if name not in self._read:
            column = [value.get(name, _Absent) for value in self._values]
            kinds = [type(each) for each in column]
            found = set(kinds)
            if not found <= _PLAIN and not all(
                kind in _PLAIN or each is _Absent for kind, each in zip(kinds, column, strict=True)
            ):
                raise NotPlainError
            if float in found:
                column = [each.hex() if type(each) is float else each for each in column]
            self._read[name] = kinds, column
        return self._read[name]


class _Question:
    """One expression; `names` are the members that it reads, in the order of its keys."""

    def __init__(self, expression: str, names: Sequence[str]) -> None:
        self._program = cel.compile(expression)
        self._names = tuple(names)
        self._known: dict[Key, Any] = {}

    def answer(self, key: Key) -> Any:
        """Give what the expression says, None where it cannot be evaluated."""
        try:
            return self._known[key]
        except KeyError:
            answer = self._evaluate(key)
        if not any(type(part) is str and len(part) > LONGEST_KNOWN for part in key):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = answer
        return answer

    def _evaluate(self, key: Key) -> Any:
        members = zip(self._names, key[::2], key[1::2], strict=True)
        value = {
            name: float.fromhex(part) if kind is float else part
            for name, kind, part in members
            if part is not _Absent
        }
        try:
            return self._program.execute({"self": value, "request": {}})
        except CANNOT_BE_SAID:
            return None
