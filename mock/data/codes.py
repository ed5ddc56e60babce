"""Codes that identify a record: no two indexes have the same code, and codes look random.

A code consists of chunks, and each chunk spells one byte with a table of 256 spellings. The bytes
come from the index. Its last byte `low` selects a row of a fixed keystream; the rest goes through a
keyed permutation of whole numbers. The last chunk spells `low` itself. Hence the index can be
computed from the chunks, and no two indexes have the same code.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..writing import dumps
from .keystream import Draw, digest
from .row_generator import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTE = 256
LONGEST = 512
"""The most letters of a code."""


@dataclass(frozen=True, slots=True)
class CodeForm:
    """How codes are spelled: `prefix`, then `length` letters of the alphabet."""

    alphabet: str
    length: int
    prefix: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> CodeForm:
        """Read the arguments of `unique_code`; raise ValueError if no codes can be made of them."""
        unknown = raw.keys() - {"alphabet", "length", "prefix"}
        if unknown:
            raise ValueError(f"unique_code has no argument {min(unknown)!r}")
        alphabet, length = str(raw.get("alphabet", "")), raw.get("length")
        if len(set(alphabet)) != len(alphabet) or len(alphabet) < 2:  # noqa: PLR2004
            raise ValueError("unique_code needs an alphabet of two different letters or more")
        if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= LONGEST:
            raise ValueError(f"unique_code needs a length from 1 to {LONGEST}")
        form = cls(alphabet, length, str(raw.get("prefix", "")))
        if form.capacity < _BYTE:
            raise ValueError("unique_code needs a longer length: that makes fewer than 256 codes")
        return form

    @property
    def chunk(self) -> int:
        """The number of letters that spell a byte."""
        return math.ceil(round(math.log(_BYTE, len(self.alphabet)), 9))

    @property
    def chunks(self) -> int:
        """The number of bytes that a code spells; above eight, chunks get longer instead."""
        return min(self.length // self.chunk, 8)

    @property
    def capacity(self) -> int:
        """The number of different codes."""
        return int(_BYTE**self.chunks)


class Codes:
    """The codes of one form, for one seed."""

    has_byte = True

    def __init__(self, form: CodeForm, key: bytes) -> None:
        self.form = form
        self.width = form.chunks
        self._size, self._more = divmod(form.length, self.width)
        # A byte can choose between no more letters than that.
        self._letters = form.alphabet[:_BYTE]
        self._plain = len(dumps(self._letters)) == len(self._letters) + 2
        draw = Draw(digest(key, "spelling"))
        self._tables = self._spellings(self._size, draw)
        self._extra = bytes(self._letter(draw.below(len(self._letters))) for _ in range(_BYTE))
        pad = digest(key, "pad")
        low = Draw(digest(key, "low")).sample(_BYTE, _BYTE)
        self.keystream = b"".join(
            digest(pad, row, size=16)[: self.width - 1] + bytes([low[row]]) for row in range(ROWS)
        )
        self.mask = (1 << 8 * self.width) - 1

    def _spellings(self, size: int, draw: Draw) -> list[bytes]:
        """Draw the spelling of each byte: a table of 256 for each letter of a chunk."""
        count = len(self._letters)
        texts = []
        for number in draw.sample(count**size, _BYTE):
            rest, letters = number, []
            for _ in range(size):
                rest, letter = divmod(rest, count)
                letters.append(self._letter(letter))
            texts.append(letters)
        return [bytes(table) for table in zip(*texts, strict=True)]

    def _letter(self, number: int) -> int:
        """Return the byte that stands for a letter in `spelled`: its own, or its number."""
        return ord(self._letters[number]) if self._plain else number

    def format(self, count: int) -> str:
        """Return the format of the bytes of some rows: all of them together."""
        return f"{count * self.width}s"

    def spelled(self, data: bytes, count: int) -> tuple[bytes, ...]:
        """Return the codes that spell these bytes, as they stand in JSON between the quotes.

        They have no prefix, which is the same for all codes.
        """
        size = self._size
        letters = bytearray(len(data) * size)
        for letter, table in enumerate(self._tables):
            letters[letter::size] = data.translate(table)
        codes = _cut(self.width * size, count).unpack(letters)
        if self._more:
            extra = _cut(self.width, count).unpack(data.translate(self._extra))
            codes = tuple(
                code + more[: self._more] for code, more in zip(codes, extra, strict=True)
            )
        return codes if self._plain else tuple(map(self._as_json, codes))

    def _as_json(self, code: bytes) -> bytes:
        letters = self._letters
        return dumps("".join([letters[number] for number in code]))[1:-1]

    def text(self, row: int) -> str:
        """Return the code of one row of the first block, with a key of zeros."""
        own = self.keystream[row * self.width : (row + 1) * self.width]
        (code,) = self.spelled(own, 1)
        return self.form.prefix + str(json.loads(b'"%b"' % code))


@lru_cache(maxsize=256)
def _cut(size: int, count: int) -> struct.Struct:
    """Return what splits bytes into `count` pieces of one size."""
    return struct.Struct(f"{size}s" * count)
