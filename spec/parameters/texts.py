"""The texts of plain values: strings, numbers, and true and false.

Nothing is guessed: a number is ASCII digits, and an integer has neither a sign nor zeros in front.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from .faults import ParameterFault, UnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .shape import Shape

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
"""A value whose plain values are texts, as styles read and write it."""

MOST_DIGITS = 308
"""The digits of the longest number: one that no double can hold is above, or below, everything."""
_DEEPEST = 50
_INTEGER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
# What some readers take for a number and others do not: a sign or zeros before it.
_LOOSE_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
# What only some languages take for an integer: blanks around it, underscores, the digits of other
# scripts, another base.
_LENIENT_INTEGER = re.compile(
    r"\s*[+-]?(?:\d+(?:_\d+)*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)\s*"
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def values_of(tree: Tree, shape: Shape) -> Any:
    """Return the value that texts stand for, or the ParameterFault of the first wrong one."""
    if isinstance(tree, str):
        return _value(shape.kinds, tree)
    if isinstance(tree, list):
        values = [values_of(each, shape.element) for each in tree]
        return next((each for each in values if isinstance(each, ParameterFault)), values)
    members = {name: values_of(each, shape.member(name)) for name, each in tree.items()}
    wrong = (each for each in members.values() if isinstance(each, ParameterFault))
    return next(wrong, members)


def texts_of(value: Any, depth: int = _DEEPEST) -> Tree:
    """Return a value with texts in place of its plain values; raise UnwritableError for null."""
    if value is None or not depth:
        raise UnwritableError("null has no text" if depth else "the value is nested too deeply")
    if isinstance(value, list | tuple):
        return [texts_of(each, depth - 1) for each in value]
    if isinstance(value, dict):
        return {str(name): texts_of(each, depth - 1) for name, each in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _value(kinds: frozenset[str], text: str) -> Any:
    faults = []
    for kind, read in _READERS.items():
        if kind in kinds:
            value = read(text)
            if not isinstance(value, ParameterFault):
                return value
            faults.append(value)
    return faults[0] if faults and "string" not in kinds else text


def _integer(text: str) -> int | ParameterFault:
    if not _INTEGER.fullmatch(text):
        if _LOOSE_INTEGER.fullmatch(text):
            return ParameterFault.AMBIGUOUS
        lenient = _LENIENT_INTEGER.fullmatch(text)
        return ParameterFault.LENIENT if lenient else ParameterFault.MALFORMED
    if len(text.lstrip("-")) > MOST_DIGITS:  # int() takes quadratic time
        return ParameterFault.BELOW if text.startswith("-") else ParameterFault.ABOVE
    return int(text)


def _number(text: str) -> float | ParameterFault:
    if not _NUMBER.fullmatch(text):
        return ParameterFault.MALFORMED
    number = float(text)
    if math.isinf(number):
        return ParameterFault.BELOW if number < 0 else ParameterFault.ABOVE
    return number


def _boolean(text: str) -> bool | ParameterFault:
    return _BOOLEANS.get(text, ParameterFault.MALFORMED)


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
