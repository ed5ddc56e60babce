"""The bytes that rows of a collection follow from, computed for a block of ROWS rows together.

Each column has a fixed keystream, with bytes of its own for each row of a block. The rows of one
block also share bytes, which follow from the key of the collection and the number of the block.
A row's bytes are the XOR of both. All columns of a block are computed in one step, so a page costs
little more than a row.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .keystream import Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 256
"""How many rows share a block."""
KEY = struct.Struct(">QQB")
"""The key of a column: what numbers are multiplied by, what is added to them then, and a byte.

The keys of three columns are one digest.
"""
_NUMBER = (1 << 64) - 1


class Column(Protocol):
    """A column of a list; `keystream` has `width` bytes for each row of a block.

    The rows of a block share the last bytes of a number, and behind them the key's byte if the
    column `has_byte`. Of these, `mask` has the bits that count.
    """

    width: int
    keystream: bytes
    mask: int
    has_byte: bool

    def format(self, count: int) -> str:
        """Return the format of the bytes of some rows, as `struct` has it."""


class Layout(NamedTuple):
    """The keystreams and the masks of some rows of a block, by column, and how to split them."""

    keystream: int
    mask: int
    size: int
    unpack: Callable[[bytes], tuple[Any, ...]]


class RowGenerator:
    """The columns of one list."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        ends = [KEY.size * (at + 1) - (not c.has_byte) for at, c in enumerate(columns)]
        self._parts = [slice(end - c.width, end) for end, c in zip(ends, columns, strict=True)]
        self._layout = lru_cache(maxsize=512)(self._lay_out)

    def split(self, keys: bytes, number: int, first: int, end: int) -> tuple[Any, ...]:
        """Return what the columns are for a block's rows from `first` to before `end`.

        `keys` has those of the columns, one after another.
        """
        keystream, mask, size, unpack = self._layout(first, end)
        count = end - first
        if number:
            keys = b"".join([_moved(key, number) for key in KEY.iter_unpack(keys)])
        shared = int.from_bytes(b"".join([keys[part] * count for part in self._parts]), "big")
        return unpack((shared & mask ^ keystream).to_bytes(size, "big"))

    def _lay_out(self, first: int, end: int) -> Layout:
        parts = [each.keystream[first * each.width : end * each.width] for each in self._columns]
        data = b"".join(parts)
        masks = [each.mask.to_bytes(each.width, "big") * (end - first) for each in self._columns]
        mask = int.from_bytes(b"".join(masks), "big")
        formats = [column.format(end - first) for column in self._columns]
        unpack = struct.Struct(">" + "".join(formats)).unpack
        return Layout(int.from_bytes(data, "big"), mask, len(data), unpack)


def _moved(key: tuple[Any, ...], number: int) -> bytes:
    """Return the key of a column for a block, whose number is then in place of what is added."""
    by, more, byte = key
    # To multiply by an odd number permutes the numbers of any number of bits.
    return KEY.pack(by, number * (by | 1) + more & _NUMBER, byte)


class Index:
    """Which row of a table each item takes; `size` is the number of rows, a power of two.

    Up to ROWS items in a row take different rows of a table that has so many.
    """

    width, has_byte = 2, False

    def __init__(self, size: int, key: bytes) -> None:
        self.size = size
        self.mask = size - 1
        drawn = Draw(key).sample(size, min(size, ROWS))
        self.keystream = struct.pack(f">{ROWS}H", *drawn * (ROWS // len(drawn)))

    def format(self, count: int) -> str:
        """Return the format of the bytes of some rows: a number for each."""
        return f"{count}H"
