"""What rows of a collection follow from, computed for a block of ROWS rows together.

Each column has a fixed keystream, with bytes of its own for each row of a block. The rows of one
block also share bytes, which follow from the key of the collection and the number of the block.
A row's bytes are the XOR of both. All columns of a block are computed in one step, and the bytes of
all codes are turned into letters with one table, so a page costs little more than a row.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .codes import ROWS
from .keystream import Draw, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .codes import Codes

_BYTE = 256
_MOST_KEPT = 1 << 13
"""Layouts that a list keeps, times the bytes of a row: keystreams and masks of 4 MB at most."""
_MOST_BLOCKS = 512


class _Layout(NamedTuple):
    """The keystreams and the masks of some rows of a block, and how to split the result."""

    keystream: int
    mask: int
    size: int
    codes: Callable[[bytes], tuple[bytes, ...]]


class RowGenerator:
    """The columns of one list: those of codes, and the index."""

    def __init__(self, columns: Sequence[Codes], index: Index) -> None:
        self._columns, self._index = tuple(columns), index
        self._width = sum(each.width for each in columns)
        self.key_size = self._width + 1
        """Bytes of the key of a collection."""
        tables: list[bytearray] = []
        # Larger parts come first, so each begins at a multiple of its size.
        places = {at: _placed(columns[at], tables) for at in _by_size(columns)}
        self._table_of = [places[at][0] for at in range(len(columns))]
        self._tables = [bytes(table.ljust(_BYTE, b"\0")) for table in tables]
        self._is_simple = len(tables) == 1 and all(each.is_plain for each in columns)
        self._starts = b"".join(bytes([places[at][1]]) * c.width for at, c in enumerate(columns))
        self._masks = b"".join(bytes([each.size - 1]) * each.width for each in columns)
        most = max(1, _MOST_KEPT // self.key_size)
        self._layout = lru_cache(maxsize=most)(self._lay_out)
        self._moved = lru_cache(maxsize=_MOST_BLOCKS)(self._of_block)

    def split(
        self, key: bytes, number: int, first: int, end: int
    ) -> tuple[tuple[bytes, ...], bytes]:
        """Return the codes of a block's rows from `first` to before `end`, row by row, and indexes.

        Codes are as they stand in JSON between the quotes. They have no prefix, which is the same
        for all codes of a column. Each index is a byte. `key` is that of a collection.
        """
        keystream, mask, size, codes = self._layout(first, end)
        count, width = end - first, self._width
        if number:
            moved = int.from_bytes(key, "big") ^ self._moved(number)
            key = moved.to_bytes(self.key_size, "big")
        shared = int.from_bytes(key[:width] * count + key[width:] * count, "big")
        data = (shared & mask ^ keystream).to_bytes(size, "big")
        indexes = data[width * count :]
        if self._is_simple:
            return codes(data.translate(self._tables[0])), indexes
        return self._spelled(data, codes), indexes

    def _spelled(
        self, data: bytes, split: Callable[[bytes], tuple[bytes, ...]]
    ) -> tuple[bytes, ...]:
        """Return the codes of columns that have several tables, or letters of several bytes."""
        found = [split(data.translate(table)) for table in self._tables]
        codes, every = list(found[0]) if found else [], len(self._columns)
        for at, column in enumerate(self._columns):
            own = found[self._table_of[at]][at::every]
            codes[at::every] = own if column.is_plain else map(column.as_json, own)
        return tuple(codes)

    def _of_block(self, number: int) -> int:
        """Return what the key of a collection is combined with by XOR for a block."""
        parts = [each.of_block(number) for each in self._columns]
        return int.from_bytes(b"".join([*parts, self._index.of_block(number)]), "big")

    def _lay_out(self, first: int, end: int) -> _Layout:
        count, index = end - first, self._index
        own = [
            column.keystream[row * column.width : (row + 1) * column.width]
            for row in range(first, end)
            for column in self._columns
        ]
        keystream = int.from_bytes(b"".join([*own, index.keystream[first:end]]), "big")
        starts = self._starts * count + bytes(count)
        mask = self._masks * count + bytes([index.size - 1]) * count
        pieces = "".join(f"{each.width}s" for each in self._columns)
        return _Layout(
            keystream | int.from_bytes(starts, "big"),
            int.from_bytes(mask, "big"),
            len(mask),
            struct.Struct(pieces * count + f"{count}x").unpack,
        )


def _by_size(columns: Sequence[Codes]) -> list[int]:
    """Return the numbers of columns, those with the largest tables first."""
    return sorted(range(len(columns)), key=lambda at: -columns[at].size)


def _placed(column: Codes, tables: list[bytearray]) -> tuple[int, int]:
    """Put the table of a column into the first one with room; return its number and its start.

    The bits of a byte above those of its column say which part of a table is meant.
    """
    fitting = (at for at, table in enumerate(tables) if len(table) + column.size <= _BYTE)
    number = next(fitting, len(tables))
    if number == len(tables):
        tables.append(bytearray())
    start = len(tables[number])
    tables[number] += column.table
    return number, start


class Index:
    """Which row of a table each item takes; `size` is the number of rows, a power of two.

    It is at most ROWS: the items of a block then take all rows of the table.
    """

    def __init__(self, size: int, key: bytes) -> None:
        self.size = size
        self.keystream = bytes(Draw(key).sample(size, size)) * (ROWS // size)
        self._by = Draw(digest(key, "blocks")).bits() | 1

    def of_block(self, number: int) -> bytes:
        """Return what the index of a row is combined with by XOR in a block."""
        return bytes([number * self._by % self.size])
