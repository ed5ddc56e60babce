"""Functions that draw objects with named members, codes, and null now and then."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import join
from .made import element_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ....spec.documents.pointers import Pointer
    from ..codes import CodeForm
    from ..keystream import Draw
    from ..providers import RecordCase
    from .made import Maker

_NULLS = 8
"""One of so many values is null if the schema allows null and has no `x-faker`."""


def code(form: CodeForm) -> Callable[[Draw], str]:
    """Return what draws codes of a form."""
    letters, length = form.alphabet, form.length

    def make(draw: Draw) -> str:
        left, text = draw.below(len(letters) ** length), form.prefix
        for _ in range(length):
            left, letter = divmod(left, len(letters))
            text += letters[letter]
        return text

    return make


def nullable(make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    """Return what draws null now and then."""

    def nothing(draw: Draw) -> bool:
        return draw.under("null").below(_NULLS) == 0 and draw.turn(2) == 0

    return lambda draw: None if nothing(draw) else make(draw)


def record(
    members: Mapping[str, Maker],
    required: set[str],
    cases: tuple[RecordCase, ...],
    drawn: list[dict[Pointer, Callable[[Draw], Any]]],
    overridden: set[Pointer],
) -> Callable[[Draw], Any]:
    """Return what draws objects; one of the cases sets some of their members."""
    total = sum(case.weight for case in cases)

    def make(draw: Draw) -> dict[str, Any]:
        value = {}
        for name, member in members.items():
            inside = draw.under(name)
            made = member.make(inside)
            # In its last turn, a member that need not be there is left out.
            if name in required or inside.turn(2) == 0:
                value[name] = made
        if total:
            left = draw.below(total)
            for case, draws in zip(cases, drawn, strict=True):
                left -= case.weight
                if left < 0:
                    _settle(value, case, draws, draw, overridden)
                    break
        return value

    return make


def _settle(
    value: dict[str, Any],
    case: RecordCase,
    draws: Mapping[Pointer, Callable[[Draw], Any]],
    draw: Draw,
    overridden: set[Pointer],
) -> None:
    for place, make in draws.items():
        if place not in overridden:
            _put(value, place, make(draw.under(join(place))))
    for place, fixed in case.fixed.items():
        if place not in overridden:
            _put(value, place, fixed)


def _put(value: Any, place: Pointer, made: Any) -> None:
    """Put a value at a place, unless an optional member on the way was left out."""
    with suppress(LookupError):
        element_at(value, place[:-1])[place[-1]] = made
