"""The personal values of a run, which are replaced wherever they occur."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

WORD = re.compile(r"\w+")
# Shorter values identify nobody, and occur in any text by chance.
_SHORTEST_NAME, _SHORTEST_DIGITS = 3, 5


class Names:
    """The personal values that are known so far.

    `words` are no names, and `on_new` is called when one has become known.
    """

    def __init__(self, words: Collection[str], on_new: Callable[[], None]) -> None:
        self._words = words
        self._on_new = on_new
        self._by_first: dict[str, set[str]] = {}

    def add(self, value: str) -> None:
        """Let a value be known, unless it identifies nobody."""
        first = WORD.search(value)
        if first is None:
            return
        value = value[first.start() :].rstrip()
        shortest = _SHORTEST_DIGITS if value.isdecimal() else _SHORTEST_NAME
        if len(value) < shortest or value in self._words:
            return
        same = self._by_first.setdefault(first[0], set())
        if value not in same:
            same.add(value)
            self._on_new()

    def has(self, word: str) -> bool:
        """Whether a value begins with a word."""
        return word in self._by_first

    def at(self, text: str, word: re.Match[str]) -> str | None:
        """Return the longest value that stands where a word of a text begins."""
        for value in sorted(self._by_first.get(word[0], ()), key=lambda v: (-len(v), v)):
            end = word.start() + len(value)
            if text.startswith(value, word.start()) and not _is_within_word(text, end):
                return value
        return None


def _is_within_word(text: str, end: int) -> bool:
    return bool(WORD.fullmatch(text[end - 1 : end + 1])) and end < len(text)
