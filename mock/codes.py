"""Codes that identify a record: different for every index by construction, and random to the eye.

A code is cut into chunks, and each chunk shows one byte through its own table of 256 spellings.
The bytes come from the index. Its last byte `low` chooses the row of a fixed pad; the rest goes
through a keyed permutation of whole numbers. `low` itself is shown by the last chunk. So the chunks
can be read backwards to the one index they came from, and no two indexes share a code.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .draws import Draw, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = 256
"""How many indexes share a block, and are computed together."""
SECRET = 32
"""How many bytes the key of a collection's codes is made of."""
CodeKey: TypeAlias = tuple[int, int, int, int]
"""The permutation that one collection's codes go through."""

_NUMBERS = struct.Struct(">QQQB")
_BYTE = 256
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class CodeForm:
    """How codes are spelled: `prefix`, then `length` letters of the alphabet."""

    alphabet: str
    length: int
    prefix: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> CodeForm:
        """Read the arguments of `unique_code`; raise ValueError where they make no codes."""
        unknown = raw.keys() - {"alphabet", "length", "prefix"}
        if unknown:
            raise ValueError(f"unique_code has no argument {min(unknown)!r}")
        alphabet, length = str(raw.get("alphabet", "")), raw.get("length")
        if len(set(alphabet)) != len(alphabet) or len(alphabet) < 2:  # noqa: PLR2004
            raise ValueError("unique_code needs an alphabet of two different letters or more")
        if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= _LONGEST:
            raise ValueError(f"unique_code needs a length from 1 to {_LONGEST}")
        form = cls(alphabet, length, str(raw.get("prefix", "")))
        if form.capacity < _BYTE:
            raise ValueError("unique_code needs a longer length: that makes fewer than 256 codes")
        return form

    @property
    def chunk(self) -> int:
        """How many letters it takes to show a byte."""
        return math.ceil(round(math.log(_BYTE, len(self.alphabet)), 9))

    @property
    def chunks(self) -> int:
        """How many bytes a code shows; beyond eight the letters are drawn in larger chunks."""
        return min(self.length // self.chunk, 8)

    @property
    def capacity(self) -> int:
        """How many different codes there are."""
        return int(_BYTE**self.chunks)


class Codes:
    """The codes of one form, for one seed."""

    def __init__(self, form: CodeForm, key: bytes) -> None:
        self.form = form
        self.width = form.chunks
        draw = Draw(digest(key, "spelling"))
        spellings = [self._spelling(size, draw) for size in self._sizes()]
        spellings[0] = [form.prefix + text for text in spellings[0]]
        self.spellings = spellings
        """For each chunk, what stands for each byte."""
        pad = digest(key, "pad")
        low = Draw(digest(key, "low")).sample(_BYTE, _BYTE)
        self._pads = b"".join(
            digest(pad, row, size=16)[: self.width - 1] + bytes([low[row]]) for row in range(ROWS)
        )
        self._mask = (1 << 8 * (self.width - 1)) - 1

    def _sizes(self) -> list[int]:
        size, more = divmod(self.form.length, self.width)
        return [size + (position < more) for position in range(self.width)]

    def _spelling(self, size: int, draw: Draw) -> list[str]:
        alphabet, count = self.form.alphabet, len(self.form.alphabet)
        texts = []
        for number in draw.sample(count**size, _BYTE):
            rest, letters = number, []
            for _ in range(size):
                rest, letter = divmod(rest, count)
                letters.append(alphabet[letter])
            texts.append("".join(letters))
        return texts

    def keyed(self, secrets: bytes, at: int = 0) -> CodeKey:
        """Give the permutation of one collection's codes, of the SECRET bytes at a place."""
        multiplier, second, offset, low = _NUMBERS.unpack_from(secrets, at)
        # Odd multipliers are permutations of the numbers of that many bits.
        return multiplier & self._mask | 1, second & self._mask | 1, offset & self._mask, low

    def block(self, key: CodeKey, number: int, first: int = 0, count: int = ROWS) -> bytes:
        """Give the bytes that some codes of a block of 256 show, `width` for each."""
        mask, half = self._mask, 4 * (self.width - 1)
        multiplier, second, offset, low = key
        mixed = (number * multiplier + offset) & mask
        mixed = ((mixed ^ mixed >> half) * second) & mask
        mixed ^= mixed >> half
        row = (mixed << 8 | low).to_bytes(self.width, "big")
        pads = self._pads[first * self.width : (first + count) * self.width]
        shown = int.from_bytes(row * count, "big") ^ int.from_bytes(pads, "big")
        return shown.to_bytes(len(pads), "big")

    def text(self, key: CodeKey, index: int) -> str:
        """Spell the code of one index, from 0."""
        number, row = divmod(index, ROWS)
        shown = self.block(key, number, row, 1)
        return "".join(table[byte] for table, byte in zip(self.spellings, shown, strict=True))
