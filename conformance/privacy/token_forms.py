"""The forms in which a server may repeat a token: unchanged, and in the common encodings.

A form is a sequence of characters, each with the ways to write it, so that a token is found even
if it is cut off: half of a token must not be visible either.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A shorter token may be a word: only its unchanged form is searched for.
SHORTEST_ENCODED = 8
# Half of a token may be a common word.
SHORTEST_PART = 10
_BASE64_BITS = 6
_REMEMBERED = 100
"""For texts shorter than this, it is remembered whether they have a token."""

Ways: TypeAlias = tuple[str, ...]
"""The ways to write one character."""


@dataclass(frozen=True)
class Form:
    """One form of a token: for each of its characters, the ways to write it."""

    characters: tuple[Ways, ...]

    @property
    def _least(self) -> tuple[Ways, ...]:
        """The part that has to be present: half of it, but at least SHORTEST_PART characters."""
        return self.characters[: max(SHORTEST_PART, len(self.characters) // 2)]

    @property
    def beginning(self) -> str:
        """A regular expression for that part."""
        return "".join(map(_any_of, self._least))

    @property
    def plain(self) -> str:
        """That part without escapes, in lower case."""
        return "".join(ways[0] for ways in self._least).lower()

    @cached_property
    def _each(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_any_of(ways), re.IGNORECASE) for ways in self.characters)

    def end(self, text: str, start: int) -> int:
        """Return the end of the form that begins in a text at `start`, even if it is cut off."""
        for character in self._each:
            found = character.match(text, start)
            if found is None:
                break
            start = found.end()
        return start


class Finder:
    """Finds tokens in a text, in any form and any case; short ones only unchanged."""

    def __init__(self, tokens: Sequence[str]) -> None:
        long = [token for token in tokens if len(token) >= SHORTEST_ENCODED]
        self._forms = list(dict.fromkeys(form for token in long for form in _forms(token)))
        self._begun = _begun(self._forms)
        self._plain = sorted({form.plain for form in self._forms})
        # The same headers are in most messages.
        self._may_be_in_short = lru_cache(maxsize=1000)(self._may_be_in)
        short = sorted(set(tokens) - {*long, ""}, key=lambda token: (-len(token), token))
        self._short = re.compile("|".join(map(re.escape, short))) if short else None

    def replace(self, text: str, mask: str) -> str:
        """Return a text with a mask in place of every token."""
        if not (self._may_be_in_short if len(text) < _REMEMBERED else self._may_be_in)(text):
            return self._without_short(text, mask)
        done, parts = 0, []
        for start, end in self._places(text):
            parts += [text[done:start], mask]
            done = end
        return self._without_short("".join([*parts, text[done:]]), mask)

    def _without_short(self, text: str, mask: str) -> str:
        return text if self._short is None else self._short.sub(lambda _: mask, text)

    def _may_be_in(self, text: str) -> bool:
        """Whether a token may be in a text; this is fast, and most texts have none."""
        if not self._plain:
            return False
        escapes = any(sign in text for sign in "%&\\")
        lower = (_ESCAPE.sub(_unescaped, text) if escapes else text).lower()
        return any(form in lower for form in self._plain)

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        done = 0
        for found in self._begun.finditer(text):
            if found.start() >= done:
                done = max(form.end(text, found.start()) for form in self._forms)
                yield found.start(), done


def _begun(forms: list[Form]) -> re.Pattern[str]:
    """Return the expression that finds the beginning of any form."""
    if not forms:
        return re.compile(r"(?!)")
    beginnings = "|".join(form.beginning for form in forms)
    # The character class excludes most positions, so that few of them try all forms.
    first = sorted({way[0] for form in forms for way in form.characters[0]})
    either = "".join(map(re.escape, first))
    return re.compile(f"[{either}](?<=(?={beginnings}).)", re.IGNORECASE | re.DOTALL)


def _forms(token: str) -> Iterator[Form]:
    data = token.encode("utf-8", "surrogatepass")
    yield Form(tuple(map(_escaped, token)))
    yield Form(tuple(map(_escaped, reversed(token))))
    yield Form(tuple(map(_byte, data)))
    yield Form(tuple((digit,) for digit in data.hex()))
    for shift in range(3):
        inside = _base64(data, shift)
        yield Form(tuple(_BASE64.get(c, (c,)) for c in inside))
        yield Form(tuple((c,) for c in inside.replace("+", "-").replace("/", "_")))


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_BASE64: dict[str, Ways] = {"/": ("/", "\\/")}
# The escapes of `_escaped`, with a group for the character of each.
_ESCAPE = re.compile(
    r"[%&\\](?:(?<=%)(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?<=\\)(?:u(?P<json>[0-9A-Fa-f]{4})|(?P<plain>[^u]))"
    r"|(?<=&)(?:#(?P<decimal>[0-9]{1,6})|#[xX](?P<hex>[0-9A-Fa-f]{1,5})|(?P<name>amp|lt|gt|quot));)"
)


def _unescaped(found: re.Match[str]) -> str:
    kind, text = str(found.lastgroup), found[str(found.lastgroup)]
    if kind == "plain":
        return text
    if kind == "name":
        return next(character for character, name in _ENTITIES.items() if name == f"&{text};")
    return chr(int(text, 10 if kind == "decimal" else 16))


def _escaped(character: str) -> Ways:
    """Return the ways in which JSON, HTML and URLs write a character."""
    code = ord(character)
    ways = [character, json.dumps(character)[1:-1], f"\\{character}", f"\\u{code:04x}"]
    ways += [f"&#{code};", f"&#x{code:x};", _ENTITIES.get(character, character)]
    return tuple(dict.fromkeys([*ways, f"%{code:02x}"] if character.isascii() else ways))


def _byte(byte: int) -> Ways:
    """Return the ways to write a byte of UTF-8: read as latin-1, and percent-encoded."""
    return chr(byte), f"%{byte:02x}"


def _any_of(ways: Ways) -> str:
    each = sorted(ways, key=lambda way: (-len(way), way))
    return f"(?:{'|'.join(map(re.escape, each))})"


def _base64(data: bytes, shift: int) -> str:
    """Return the part of a base64 text that does not depend on the bytes around the data.

    `shift` is the number of bytes before the data in its group of three.
    """
    text = base64.b64encode(b"\0" * shift + data).decode()
    first = -(-shift * 8 // _BASE64_BITS)
    return text[first : (shift + len(data)) * 8 // _BASE64_BITS]
