"""Codes that identify a record: no two indexes have the same code, and codes look random.

Each letter of a code is spelled by a byte, with a table. The low bits of the byte determine the
letter's class, and one more bit selects one of the two letters that a class may have. The low bits
of all letters are one number: its last byte selects one of the rows that share a block, and the
rest the block. Both are scattered, and what is scattered differently is combined by XOR. Hence the
index can be computed from the letters, and no two indexes have the same code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..writing import dumps
from .keystream import Draw, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = 256
"""How many rows share a block."""
_BYTE = 8
_MOST_LETTERS = 256
_MOST_BITS = 64
"""How many bits of a code identify it; the others only look random."""
_DIGEST = 64
LONGEST = 512
"""The most letters of a code."""


@dataclass(frozen=True)
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
        if form.capacity < ROWS:
            raise ValueError("unique_code needs a longer length: that makes fewer than 256 codes")
        return form

    @cached_property
    def letters(self) -> str:
        """The letters that codes have: a byte can choose between no more of them."""
        return self.alphabet[:_MOST_LETTERS]

    @property
    def bits(self) -> int:
        """How many bits of a number a letter spells."""
        return len(self.letters).bit_length() - 1

    @property
    def capacity(self) -> int:
        """The number of different codes."""
        return 1 << min(self.bits * self.length, _MOST_BITS)


class Codes:
    """The codes of one form, for one seed: a column of a list.

    `keystream` has a byte for each letter of each row of a block, less than `size`, a power of two,
    and `table` what each byte stands for.
    """

    def __init__(self, form: CodeForm, key: bytes) -> None:
        self.form, self.width = form, form.length
        letters = form.letters
        self.is_plain = len(dumps(letters)) == len(letters) + 2
        """Whether the table has the letters themselves, which take a byte each in JSON."""
        classes = 1 << form.bits
        self.size = classes if len(letters) == classes else 2 * classes
        order = Draw(digest(key, "spelling")).sample(len(letters), len(letters))
        order += order[len(letters) - classes : classes]
        self.table = bytes(ord(letters[at]) if self.is_plain else at for at in order[: self.size])
        low = Draw(digest(key, "low")).sample(ROWS, ROWS)
        pad = digest(key, "pad")
        self.keystream = b"".join(self._scattered(pad, row, low[row]) for row in range(ROWS))
        self._by = Draw(digest(key, "blocks")).bits() | 1
        self._blocks = form.capacity // ROWS

    def _scattered(self, pad: bytes, row: int, low: int) -> bytes:
        """Return the bytes of a row: random, but for the bits of the row's own number."""
        mask, bits = self.size - 1, self.form.bits
        parts = (digest(pad, row, at, size=_DIGEST) for at in range(0, self.width, _DIGEST))
        found = bytearray(byte & mask for byte in b"".join(parts)[: self.width])
        for position in range(-(-_BYTE // bits)):
            own = (1 << min(bits, _BYTE - position * bits)) - 1
            found[position] = found[position] & ~own | low >> position * bits & own
        return bytes(found)

    def of_block(self, number: int) -> bytes:
        """Return what the bytes of a row are combined with by XOR in a block."""
        # To multiply by an odd number permutes the numbers of any number of bits.
        rest, bits = number * self._by % self._blocks << _BYTE, self.form.bits
        mask = (1 << bits) - 1
        return bytes(rest >> position * bits & mask for position in range(self.width))

    def as_json(self, code: bytes) -> bytes:
        """Return a code as it stands in JSON, if the table does not have the letters themselves."""
        return dumps("".join([self.form.letters[number] for number in code]))[1:-1]

    def text(self, row: int) -> str:
        """Return the code of one row of the first block, with a key of zeros."""
        own = self.keystream[row * self.width : (row + 1) * self.width]
        code = bytes(self.table[byte] for byte in own)
        spelled = code if self.is_plain else self.as_json(code)
        return self.form.prefix + str(json.loads(b'"%b"' % spelled))
