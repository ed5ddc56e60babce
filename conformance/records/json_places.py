"""Places in a text that is not JSON: which member a mistake is in, and what stands around it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...spec.documents.pointers import Pointer

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
# Characters on each side of a mistake, levels of a place, and characters of a name in it.
_AROUND = 20
_DEEPEST = 12
_LONGEST_NAME = 60


def place_at(text: str, position: int) -> Pointer:
    """Return the place of the member or element that a position in a text lies in."""
    # Of each open array or object: the index of the element, or the name of the member.
    opened: list[int | str | None] = []
    for found in _TOKEN.finditer(text, 0, position):
        mark = found[0]
        if mark in "[{":
            opened.append(0 if mark == "[" else None)
        elif not opened:
            break
        elif mark in "]}":
            opened.pop()
        elif mark == ",":
            last = opened[-1]
            opened[-1] = last + 1 if isinstance(last, int) else None
        elif opened[-1] is None:
            opened[-1] = _name(mark)
    return tuple(str(step) for step in opened[:_DEEPEST] if step is not None)


def around(text: str, position: int) -> str:
    """Return what stands around a position, in one line."""
    start, end = max(0, position - _AROUND), position + _AROUND
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"


def _name(mark: str) -> str:
    try:
        return str(json.loads(mark, strict=False))[:_LONGEST_NAME]
    except ValueError:
        return mark.strip('"')[:_LONGEST_NAME]
