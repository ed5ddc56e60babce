"""Changes as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ....spec.visible import encodable, line
from ..changes.kinds import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..changes.change import Change, Location
    from ..witnesses.witness import Witness
    from .comparison import Comparison

_COLOURS = {Effect.BREAKING: "red", Effect.UNKNOWN: "magenta", Effect.SAFE: "green"}
_MOST_OTHERS = 3


def render(comparison: Comparison) -> str:
    """Return a comparison as text with colours, which click removes if there is no terminal."""
    return encodable("\n".join(_lines(comparison)))


def _lines(comparison: Comparison) -> Iterator[str]:
    for change in comparison.shown:
        yield from _change(change)
    for effect, words in comparison.counted():
        yield f"{_word(effect.value, effect)}{words}"
    yield from (f"note: {line(note)}" for note in comparison.notes)
    yield click.style(comparison.conclusion, fg=_COLOURS[comparison.worst], bold=True)


def _change(change: Change) -> Iterator[str]:
    word = _word(change.effect.value, change.effect)
    if change.allowed:
        word = _word("allowed", Effect.SAFE)
    yield f"{word}{line(str(change.where))}: {line(change.message)}"
    yield line(f"  {change.kind}: {_place(change.old)}, then {_place(change.new)}")
    if change.allowed:
        yield f"  {line(change.allowed)}"
    if change.others:
        more = len(change.others) - _MOST_OTHERS
        rest = f" and {more} more" if more > 0 else ""
        yield line(f"  also in {', '.join(change.others[:_MOST_OTHERS])}{rest}")
    if change.witness is not None:
        yield from _witness(change.witness)
    elif change.effect is Effect.BREAKING:
        yield f"  no witness was {'found' if change.sought else 'looked for'}"


def _word(name: str, effect: Effect) -> str:
    return click.style(f"{name:<10}", fg=_COLOURS[effect])


def _place(place: Location) -> str:
    """Return a place in words; the line says little of a file with everything in one line."""
    return f"{place} {place.pointer}" if place.line == 1 and place.pointer else str(place)


def _witness(witness: Witness) -> Iterator[str]:
    status = witness.response.status
    yield line(
        f"  witness: {witness.request.method} {witness.request.target.decode('latin-1')} with "
        f"response {status}: the {witness.admits} contract admits it, and the {witness.refuses} "
        f"one does not: {witness.refusal.text}"
    )
    yield f"  {line(witness.curl)}"
