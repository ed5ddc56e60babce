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


class Column(Protocol):
    """A column of a list; `keystream` has `width` bytes for each row of a block.

    The rows of a block share the bits of `mask` of a number, and behind them the bits of `low` of
    the key's byte.
    """

    width: int
    keystream: bytes
    mask: int
    low: int

    def format(self, count: int) -> str:
        """Return the format of the bytes of some rows, as `struct` has it."""


class Layout(NamedTuple):
    """The keystreams of some rows of a block, one column after another, and how to split them."""

    keystream: int
    size: int
    unpack: Callable[[bytes], tuple[Any, ...]]


class RowGenerator:
    """The columns of one list."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._shared = [(c.mask, c.low, c.low.bit_length(), c.width) for c in columns]
        self._layout = lru_cache(maxsize=512)(self._lay_out)

    def split(self, keys: bytes, number: int, first: int, end: int) -> tuple[Any, ...]:
        """Return what the columns are for a block's rows from `first` to before `end`.

        `keys` has those of the columns, one after another.
        """
        keystream, size, unpack = self._layout(first, end)
        count = end - first
        # To multiply by an odd number permutes the numbers of any number of bits.
        shared = [
            ((number * (by | 1) + more & mask) << bits | byte & low).to_bytes(width, "big") * count
            for (by, more, byte), (mask, low, bits, width) in zip(  # noqa: B905 - strict is slow
                KEY.iter_unpack(keys), self._shared
            )
        ]
        found = int.from_bytes(b"".join(shared), "big") ^ keystream
        return unpack(found.to_bytes(size, "big"))

    def _lay_out(self, first: int, end: int) -> Layout:
        parts = [each.keystream[first * each.width : end * each.width] for each in self._columns]
        data = b"".join(parts)
        formats = [column.format(end - first) for column in self._columns]
        unpack = struct.Struct(">" + "".join(formats)).unpack
        return Layout(int.from_bytes(data, "big"), len(data), unpack)


class Index:
    """Which row of a table each item takes; `size` is the number of rows, a power of two.

    Up to ROWS items in a row take different rows of a table that has so many.
    """

    width, low = 2, 0

    def __init__(self, size: int, key: bytes) -> None:
        self.size = size
        self.mask = size - 1
        drawn = Draw(key).sample(size, min(size, ROWS))
        self.keystream = struct.pack(f">{ROWS}H", *drawn * (ROWS // len(drawn)))

    def format(self, count: int) -> str:
        """Return the format of the bytes of some rows: a number for each."""
        return f"{count}H"
