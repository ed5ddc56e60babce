"""The bytes that rows of a collection follow from, computed for a block of ROWS rows together.

Each column has a fixed keystream, with bytes of its own for each row of a block. The rows of one
block also share bytes, which follow from the key of the collection and the number of the block.
A row's bytes are the XOR of both. All columns of a block are computed in one step, so a page costs
little more than a row.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from .keystream import Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 256
"""How many rows share a block."""
Key: TypeAlias = tuple[int, int, int]
"""What numbers are multiplied by, an odd number; what is added to them then; and a byte."""
KEY = struct.Struct(">QQB")
"""The bytes that a key is made of: those of three columns are one digest."""


class Column(Protocol):
    """A column of a list; `keystream` has `width` bytes for each row of a block."""

    width: int
    keystream: bytes

    def shared(self, key: Key, number: int) -> bytes:
        """Return the `width` bytes that the rows of a block share."""

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
        self._layout = lru_cache(maxsize=512)(self._lay_out)

    def split(self, keys: Sequence[Key], number: int, first: int, end: int) -> tuple[Any, ...]:
        """Return what the columns are for a block's rows from `first` to before `end`."""
        keystream, size, unpack = self._layout(first, end)
        count, columns = end - first, zip(self._columns, keys, strict=True)
        shared = b"".join([column.shared(key, number) * count for column, key in columns])
        return unpack((int.from_bytes(shared, "big") ^ keystream).to_bytes(size, "big"))

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

    width = 2

    def __init__(self, size: int, key: bytes) -> None:
        self.size = size
        drawn = Draw(key).sample(size, min(size, ROWS))
        self.keystream = struct.pack(f">{ROWS}H", *drawn * (ROWS // len(drawn)))

    def shared(self, key: Key, number: int) -> bytes:
        """Return the bytes that the rows of a block share."""
        return (number * key[0] + key[1] & self.size - 1).to_bytes(self.width, "big")

    def format(self, count: int) -> str:
        """Return the format of the bytes of some rows: a number for each."""
        return f"{count}H"


def keys(secrets: bytes) -> list[Key]:
    """Return the keys of columns, from KEY.size bytes for each."""
    # To multiply by an odd number permutes the numbers of any number of bits.
    return [(number | 1, more, low) for number, more, low in KEY.iter_unpack(secrets)]
