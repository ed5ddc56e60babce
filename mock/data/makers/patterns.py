"""Texts that match a regular expression, for strings with a pattern and no `x-faker`."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from functools import lru_cache

# The parser that `re` uses has no public name.
from re import _constants as sre
from re import _parser as parser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..keystream import Draw

_MORE = 6
"""How many repetitions an open-ended one has beyond its minimum, at most."""
_LONGEST = 10_000
"""Characters that a text may have; a pattern of longer ones is left to other means."""
_ANY = string.ascii_lowercase + string.digits
_CLASSES = {
    sre.CATEGORY_DIGIT: string.digits,
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_WORD: _ANY,
    sre.CATEGORY_NOT_DIGIT: string.ascii_lowercase,
    sre.CATEGORY_NOT_SPACE: _ANY,
    sre.CATEGORY_NOT_WORD: "-",
}
_PRINTABLE = "".join(map(chr, range(32, 127)))
_REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}


@dataclass(slots=True)
class _Text:
    """A text that is drawn: its groups, and how often an open-ended repetition goes on."""

    more: int
    groups: dict[int, str] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def matching(pattern: str, least: int = 0) -> Callable[[Draw], str] | None:
    """Return what draws texts of a pattern; None if Python cannot read it or texts are too long.

    With `least`, some of them have at least so many characters, if the pattern allows it.
    """
    more = max(_MORE, least)
    try:
        parsed = parser.parse(pattern)
        longest = _longest(parsed, {}, more)
    except (re.error, OverflowError, RecursionError):
        return None
    if longest > _LONGEST:
        return None

    def make(draw: Draw) -> str:
        return _sequence(parsed, draw, _Text(more))

    return make


def _sequence(tokens: Any, draw: Draw, whole: _Text) -> str:
    text, ahead = "", ""
    for kind, value in tokens:
        if kind is sre.ASSERT and value[0] > 0:
            ahead += _sequence(value[1], draw, whole)
        else:
            text += _token(kind, value, draw, whole)
    if not ahead:
        return text
    # What has to follow either comes on top of the rest, or takes the place of its beginning.
    return ahead + text[draw.pick((0, len(ahead))) :]


def _longest(tokens: Any, groups: dict[int, int], more: int) -> int:
    """Return about how many characters the longest text has that `_sequence` draws."""
    total = 0
    for kind, value in tokens:
        if kind is sre.BRANCH:
            total += max(_longest(each, groups, more) for each in value[1])
        elif kind is sre.ASSERT:
            total += _longest(value[1], groups, more)
        elif kind is sre.SUBPATTERN:
            inner = _longest(value[3], groups, more)
            groups[value[0]] = inner
            total += inner
        elif kind in _REPEATS:
            total += _repeated(value, more)[1] * _longest(value[2], groups, more)
        else:
            total += groups.get(value, 0) if kind is sre.GROUPREF else 1
    return total


def _repeated(value: Any, more: int) -> tuple[int, int]:
    """Return how often a part is repeated, at least and at most."""
    least, most, _ = value
    return least, least + more if most is sre.MAXREPEAT else min(most, least + 4 * more)


def _token(kind: Any, value: Any, draw: Draw, whole: _Text) -> str:  # noqa: PLR0911
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.ANY:
        return draw.pick(_ANY)
    if kind is sre.NOT_LITERAL:
        return draw.pick([letter for letter in _ANY if ord(letter) != value])
    if kind is sre.IN:
        return draw.pick(_letters(value))
    if kind is sre.BRANCH:
        return _sequence(draw.pick(value[1]), draw, whole)
    if kind is sre.SUBPATTERN:
        group, _, _, inner = value
        text = _sequence(inner, draw, whole)
        if group is not None:
            whole.groups[group] = text
        return text
    if kind in _REPEATS:
        count = draw.between(*_repeated(value, whole.more))
        return "".join(_sequence(value[2], draw, whole) for _ in range(count))
    if kind is sre.GROUPREF:
        return whole.groups.get(value, "")
    return ""  # anchors and other assertions are empty; validation finds what they forbid


def _letters(members: Any) -> str:
    found: set[str] = set()
    negated = False
    for kind, value in members:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.add(chr(value))
        elif kind is sre.RANGE:
            low, high = value
            found.update(map(chr, range(low, min(high, low + 255) + 1)))
        elif kind is sre.CATEGORY:
            found.update(_CLASSES.get(value, ""))
    if negated:
        found = {letter for letter in _ANY if letter not in found} or (
            {letter for letter in _PRINTABLE if letter not in found}
        )
    return "".join(sorted(found)) or "x"
