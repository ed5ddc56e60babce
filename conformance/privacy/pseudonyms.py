"""Pseudonyms: replacements with the length and the kinds of characters of the original value.

The shape of a value is which of its places hold letters and which digits, and what stands between
them. A Feistel network permutes the values of one shape, as in NIST SP 800-38G but with BLAKE2b. So
two values never have the same pseudonym, a value always has the same one, and without the key the
value cannot be recovered.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b, shake_128
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TURNS = [bytes([turn]) for turn in range(8)]
# Values of more bits than this are hashed: two of them do not collide by chance.
_MOST_PERMUTED = 256
_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
# Scripts stand in blocks of so many characters, ideographs in larger ones (from U+3000 on).
_SMALL_BLOCK, _LARGE_BLOCK, _IDEOGRAPHS = 0x80, 0x1000, 0x3000
_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?P<fraction>\.[0-9]+)?(?P<rest>.*)", re.DOTALL)

Slots = list[tuple[str, str]]
"""For each character that is replaced: the character, and those that may replace it."""


class Pseudonyms:
    """Makes pseudonyms, the same ones for the same key."""

    def __init__(self, key: bytes) -> None:
        own = blake2b(key, digest_size=32, person=b"ruangkerja fake").digest()
        self._keyed = blake2b(key=own, digest_size=32)
        self._made: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return the pseudonym of a text; only letters and digits are replaced."""
        if text not in self._made:
            self._made[text] = self._replaced(text, [*map(_alphabet, text)])
        return self._made[text]

    def number(self, literal: str) -> str:
        """Return the pseudonym of a JSON number: it has as many digits, and 0 stays 0."""
        found = _NUMBER.fullmatch(literal)
        if found is None:
            return literal
        whole, fraction = found["whole"], found["fraction"] or ""
        alphabets = [_DIGITS[1:] if whole[0] != "0" else "", *[_DIGITS] * (len(whole) - 1)]
        varied = fraction.strip(".0") != ""
        alphabets += [_DIGITS if varied and c != "." else "" for c in fraction]
        made = self._replaced(whole + fraction, alphabets)
        return f"{found['sign']}{made}{found['rest']}"

    def _replaced(self, text: str, alphabets: Sequence[str]) -> str:
        pairs = [*zip(text, alphabets, strict=True)]
        shape = "".join([alphabet[0] if alphabet else c for c, alphabet in pairs])
        pseudonyms = iter(self._permuted([pair for pair in pairs if pair[1]], shape))
        return "".join([next(pseudonyms) if alphabet else c for c, alphabet in pairs])

    def _permuted(self, slots: Slots, shape: str) -> str:
        size, number = 1, 0
        for character, alphabet in slots:
            count = len(alphabet)
            number = number * count + alphabet.index(character)
            size *= count
            if size.bit_length() > _MOST_PERMUTED:
                return self._drawn(slots, shape)
        half = (size.bit_length() + 1) // 2
        tweak = self._digest(shape.encode("utf-8", "surrogatepass"))
        number = self._feistel(number, half, tweak)
        while number >= size:  # the network permutes a power of two
            number = self._feistel(number, half, tweak)
        made = []
        for _, alphabet in reversed(slots):
            number, index = divmod(number, len(alphabet))
            made.append(alphabet[index])
        return "".join(reversed(made))

    def _feistel(self, number: int, half: int, tweak: bytes) -> int:
        mask, tweaked = (1 << half) - 1, self._keyed.copy()
        tweaked.update(tweak)
        left, right = number >> half, number & mask
        for turn in _TURNS:
            mixed = tweaked.copy()
            mixed.update(turn + right.to_bytes(_MOST_PERMUTED // 8))
            left, right = right, left ^ (int.from_bytes(mixed.digest()) & mask)
        return left << half | right

    def _drawn(self, slots: Slots, shape: str) -> str:
        whole = shape + "".join(character for character, _ in slots)
        seed = self._digest(whole.encode("utf-8", "surrogatepass"))
        drawn = struct.unpack(f">{len(slots)}I", shake_128(seed).digest(4 * len(slots)))
        alphabets = (alphabet for _, alphabet in slots)
        return "".join(a[number % len(a)] for number, a in zip(drawn, alphabets, strict=True))

    def _digest(self, data: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(data)
        return keyed.digest()


@lru_cache(maxsize=10_000)
def _alphabet(character: str) -> str:
    """Return the characters that may replace one, '' if it stays."""
    if character in _DIGITS:
        return _DIGITS
    if character.isascii():
        lower = _LOWER if character.isalpha() else ""
        return lower if character.islower() else lower.upper()
    category = unicodedata.category(character)
    if category[0] not in "LN":
        return ""
    block = _LARGE_BLOCK if ord(character) >= _IDEOGRAPHS else _SMALL_BLOCK
    like = _characters(ord(character) // block * block, block, category)
    return like if len(like) > 1 else ""


@cache
def _characters(first: int, count: int, category: str) -> str:
    every = map(chr, range(first, first + count))
    return "".join(c for c in every if unicodedata.category(c) == category and not c.isascii())
