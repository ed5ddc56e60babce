"""What a request has for parameters: raw texts by name, before any value is read from them.

A name is decoded, since it says which parameter is meant. A value stays as it is on the wire, where
a comma between two elements differs from one within an element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Raw names and values, as a request has them in the place of a parameter."""
Received: TypeAlias = Mapping[str, Sequence[str]]
"""Raw values by decoded name, of one place of a request: its path, query, headers or cookies."""


def decoded(raw: str, *, plus: bool = True) -> str:
    """Undo percent-encoding; bytes that are not UTF-8 become U+FFFD, which is in no number.

    With `plus`, as in a query or a form, a plus sign is a blank.
    """
    text = raw.replace("+", " ") if plus else raw
    if "%" not in text and text.isascii():
        return text
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text  # it was never on a wire, where each character is a byte


def query_pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the decoded names and the raw values of a query or a form, in order."""
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            yield decoded(name), value


def cookie_pairs(header: str) -> Iterator[tuple[str, str]]:
    """Yield the names and the raw values of a header Cookie, in order."""
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            yield name, value


def received_of(location: str, pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return what a request has in a place, given its raw names and values."""
    if location == "query":
        return grouped((decoded(name), value) for name, value in pairs)
    return grouped((name.lower() if location == "header" else name, v) for name, v in pairs)


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of pairs by name."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
