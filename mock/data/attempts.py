"""Attempts: values are drawn until one is valid."""

from __future__ import annotations

import copy
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from .keystream import Draw, Turns
from .providers import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...spec.documents.pointers import Pointer
    from ...spec.schemas.validation import Schema
    from .makers.made import Root

_ATTEMPTS, _TURNED = 64, 2
"""How many values are drawn; the first ones, if their schema is broken, are made anew in part."""
_TURNS = 50
_MOST_WRONG = 20
TOO_ODD = (
    *(ArithmeticError, RecursionError, LookupError, ValueError, TypeError, AttributeError),
    re.error,
)
"""What a schema raises that means something other than it says, such as a text for a number."""


class UnserveableError(ProviderError):
    """No valid value was found for a schema; the message says what the last one breaks."""


def valid(root: Root, schema: Schema, draw: Callable[[int], Draw]) -> Any:
    """Draw until a value is valid; raise UnserveableError if none of many is."""
    value: Any = None
    for attempt in range(_ATTEMPTS):
        drawn = draw(attempt)
        value = root.make(drawn)
        if schema.accepts(value):
            return value
        if not next(schema.mistakes(value, deep=False), None):
            continue  # a law is broken, which the next value may keep
        if attempt >= _TURNED:
            break
        value = _turned(root, schema, drawn)
        if schema.accepts(value):
            return value
    broken = schema.judge(value).violations
    node = schema.node_at(broken[0].place) if broken else None
    why = f"no valid value can be made{f': {broken[0]}' if broken else ''}"
    raise UnserveableError(why, node.place if node is not None else schema.place)


def _turned(root: Root, schema: Schema, draw: Draw) -> Any:
    """Make a value again, with other choices where it is wrong; return the last one made."""
    turns, value = Turns(), None
    for number in range(_TURNS):
        turns.begin()
        value = root.make(draw.turning(turns))
        wrong = list(islice(schema.mistakes(value, deep=number % 2 == 1), _MOST_WRONG))
        if not wrong:
            break
        unexpected = [(place, names) for place, names in wrong if names]
        if unexpected:
            value = copy.deepcopy(value)  # it may share examples with the contract
            _leave_out(value, unexpected)
            if schema.is_valid(value):
                break
        for place in dict.fromkeys(place for place, _ in wrong):
            turns.turn(place)
    return value


def _leave_out(value: Any, unexpected: Iterable[tuple[Pointer, list[str]]]) -> None:
    """Remove members that a schema does not allow from a value."""
    for place, names in unexpected:
        element = value
        for part in place:
            element = element[int(part) if isinstance(element, list) else part]
        for name in names if isinstance(element, dict) else ():
            element.pop(name, None)
