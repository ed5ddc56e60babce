"""Searching a text for many words at once, in a time that hardly depends on how many there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema_rs

from ..visible import encodable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def searcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether a text may have what a pattern matches.

    `re` would try each word at each place. The patterns of JSON Schema are compiled to automata,
    which read a text once. They cannot read lone surrogates, so a text with one may have anything.
    """
    is_valid = jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid

    def may_have(text: str) -> bool:
        try:
            return is_valid(text)
        except UnicodeEncodeError:
            return True

    return may_have


def word_searcher(words: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a text may have one of these words."""
    return searcher("|".join(re.escape(word) for word in words if encodable(word) == word))
