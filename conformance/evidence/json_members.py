"""Members of JSON objects, each read with its type, and refused with its place.

Every function that finds something else raises ValueError: where, what was expected, what stands
there. `within` puts the name of the object in front.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_LONGEST_SHOWN = 60
_BITS_SHOWN = 64


def of(value: object) -> Mapping[str, object]:
    """Give a JSON object's members."""
    if isinstance(value, Mapping):
        return value
    raise ValueError(f"expected an object, found {_shown(value)}")


def inner(found: Mapping[str, object], name: str) -> object:
    """Give a member of any type."""
    try:
        return found[name]
    except KeyError:
        raise ValueError(f"{name}: missing") from None


def text(found: Mapping[str, object], name: str) -> str:
    """Give a member that is a string."""
    value = inner(found, name)
    if not isinstance(value, str):
        raise wrong(name, "a text", value)
    return value


def boolean(found: Mapping[str, object], name: str) -> bool:
    """Give a member that is true or false."""
    value = inner(found, name)
    if not isinstance(value, bool):
        raise wrong(name, "true or false", value)
    return value


def integer(found: Mapping[str, object], name: str) -> int:
    """Give a member that is an integer; true is none, although Python has it so."""
    value = inner(found, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(name, "an integer", value)
    return value


def number(found: Mapping[str, object], name: str) -> float:
    """Give a member that is a finite number, as a float."""
    value = inner(found, name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong(name, "a number", value)
    try:
        finite = float(value)
    except OverflowError:
        finite = math.inf
    if not math.isfinite(finite):
        raise wrong(name, "a finite number", value)
    return finite


def array(found: Mapping[str, object], name: str) -> Sequence[object]:
    """Give a member that is an array."""
    value = inner(found, name)
    if not isinstance(value, list | tuple):
        raise wrong(name, "an array", value)
    return value


def wrong(name: str, expected: str, value: object) -> ValueError:
    """Make the error for a member that is not what it should be."""
    return ValueError(f"{name}: expected {expected}, found {_shown(value)}")


@contextmanager
def within(name: str) -> Iterator[None]:
    """Say of errors inside in which object they are."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _shown(value: object) -> str:
    if isinstance(value, str):
        short = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
        return ascii(short)
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "an array"
    if isinstance(value, int) and value.bit_length() > _BITS_SHOWN:
        return "a very large integer"
    return json.dumps(value, default=repr)
