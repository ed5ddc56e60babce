"""Escapes: how a text is written in a path, a query, a header or a cookie, and read there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from .faults import UnwritableError
from .received import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESERVED = ":/?@!$'()*;="
"""What `allowReserved` leaves: not what ends a value or a query, or separates elements."""
_DEL = 0x7F


class Escape(Protocol):
    """Writes a text where it has a meaning besides its own, and reads it."""

    def write(self, text: str) -> str:
        """Return the raw text; raise UnwritableError if there is none."""

    def read(self, raw: str) -> str:
        """Return the text of a raw one."""


@dataclass(frozen=True, slots=True)
class Percent:
    """Percent-encoding (RFC 3986); `safe` is written as it is.

    With `plus`, a plus sign is read as a blank.
    """

    safe: str = ""
    plus: bool = False

    def write(self, text: str) -> str:
        """Return the text percent-encoded."""
        try:
            return quote(text, safe=self.safe)
        except UnicodeEncodeError:
            raise UnwritableError("a lone surrogate cannot be percent-encoded") from None

    def read(self, raw: str) -> str:
        """Undo percent-encoding."""
        return decoded(raw, plus=self.plus)


class Verbatim:
    """The text itself, without blanks around it, as in headers."""

    def write(self, text: str) -> str:
        """Return the text; raise UnwritableError if a header cannot carry it."""
        if any(not " " <= character < chr(_DEL) for character in text):
            raise UnwritableError("a header carries visible ASCII characters only")
        return text

    def read(self, raw: str) -> str:
        """Return the text without blanks around it."""
        return raw.strip(" \t")


def escape_of(location: str, *, reserved: bool = False) -> Escape:
    """Return how texts are written in 'path', 'query', 'header' or 'cookie'."""
    if reserved and location == "query":
        return Percent(_RESERVED, plus=True)
    return _ESCAPES[location]


def escape_of_names(location: str) -> Escape:
    """Return how names are written in 'path', 'query' or 'cookie'."""
    return Verbatim() if location == "cookie" else _NAMES


_NAMES = Percent("$:@", plus=True)
_ESCAPES: Mapping[str, Escape] = {
    "path": Percent(),
    "query": Percent(plus=True),
    "header": Verbatim(),
    "cookie": Percent(),
}
