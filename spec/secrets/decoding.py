"""Decoding: a text as it was before servers escaped it, and where each part of it came from."""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_LEVELS = 4
_ESCAPE = re.compile(
    r"%(?:(?P<byte>[0-9a-f]{2})|u(?P<iis>[0-9a-f]{4}))"
    r"|\\(?:u(?P<json>[0-9a-f]{4})|u\{(?P<braced>[0-9a-f]{1,6})\}|x(?P<c>[0-9a-f]{2})|(?P<plain>.))"
    r"|&(?:\#(?:x[0-9a-f]{1,8}|[0-9]{1,9});?|[a-z][a-z0-9]{1,31};)",
    re.IGNORECASE | re.DOTALL,
)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_BREAK = re.compile(r"[\r\n]\s*")


class Layer:
    """One decoding of a text: where each part that was replaced was, and is."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, int, int]] = []
        self._shift = 0

    def add(self, start: int, end: int, length: int) -> None:
        """Note that a part of the text before was replaced by one of this length."""
        at = start - self._shift
        self._spans.append((at, at + length, start, end))
        self._shift = end - at - length

    def first(self, index: int) -> int:
        """Return the first place in the text before of what became a character."""
        return self._place(index, is_last=False)

    def last(self, index: int) -> int:
        """Return the last place in the text before of what became a character."""
        return self._place(index, is_last=True)

    def _place(self, index: int, *, is_last: bool) -> int:
        number = bisect_right(self._spans, index, key=lambda span: span[0]) - 1
        if number < 0:
            return index
        _, after, start, stop = self._spans[number]
        if index >= after:
            return stop + index - after
        return stop - 1 if is_last else start


def view_of(text: str, layers: list[Layer] | None = None) -> str:
    """Return a text as it is searched: decoded, in lower case, without line breaks."""
    text = decoded(text, layers)
    if "\n" in text or "\r" in text:
        text = _without(_BREAK, text, lambda _: "", layers)
    return lower(text)


def decoded(text: str, layers: list[Layer] | None = None) -> str:
    """Return a text without escapes of percent, JSON and HTML; `layers` get what was replaced."""
    for _ in range(_MOST_LEVELS):
        if not ("%" in text or "\\" in text or "&" in text):
            break
        before, text = text, _without(_ESCAPE, text, _unescaped, layers)
        if text == before:
            break
    return text


def _without(
    pattern: re.Pattern[str],
    text: str,
    replaced: Callable[[re.Match[str]], str],
    layers: list[Layer] | None,
) -> str:
    """Return a text with what matches replaced; if there are `layers`, add one to them."""
    if layers is None:
        return pattern.sub(replaced, text)
    layers.append(layer := Layer())

    def noted(found: re.Match[str]) -> str:
        become = replaced(found)
        layer.add(found.start(), found.end(), len(become))
        return become

    return pattern.sub(noted, text)


def _unescaped(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind is None:
        return html.unescape(found[0])
    if kind == "plain":
        return _CONTROLS.get(found[kind], found[kind])
    code = int(found[kind], 16)
    return chr(code) if code <= sys.maxunicode else found[0]


def lower(text: str) -> str:
    """Return a text in lower case, of the same length."""
    found = text.lower()
    # A few letters become two; no token has them.
    return found if len(found) == len(text) else "".join(map(_lower_of, text))


def _lower_of(character: str) -> str:
    found = character.lower()
    return found if len(found) == 1 else character
