"""Blocks: the bytes that ROWS rows of a collection follow from, computed together.

Each column of a list lays a pad, which is fixed, over bytes that the rows of a block share; those
come from the key of the collection and the number of the block. All columns of a block are laid
over in one step: a page costs little more than a row does.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeAlias

from .keystream import Draw, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 256
"""How many rows share a block."""
SECRET = 21
"""How many bytes the key of a column is made of: those of three columns are one digest."""
Key: TypeAlias = tuple[int, int, int, int]
"""A permutation of whole numbers, and a byte."""

_NUMBERS = struct.Struct(">IQQB")
_WORD = (1 << 64) - 1


class Column(Protocol):
    """What a column shows its rows by: `pads` has `width` bytes for each row of a block."""

    width: int
    pads: bytes

    def shared(self, key: Key, number: int) -> bytes:
        """Give the `width` bytes that the rows of a block share."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The pads of some rows of a block, all columns one after another, and what cuts them apart."""

    pads: int
    size: int
    cut: Callable[[bytes], tuple[bytes, ...]]


class RowGenerator:
    """The columns of one list."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(enumerate(columns))
        self._layout = lru_cache(maxsize=512)(self._lay_out)

    def keys(self, secrets: bytes) -> list[Key]:
        """Give the keys of all columns, of SECRET bytes each."""
        return [key(secrets, SECRET * number) for number in range(len(self._columns))]

    def shown(self, keys: Sequence[Key], number: int, first: int, end: int) -> tuple[bytes, ...]:
        """Give for each column the bytes of the rows from `first` to before `end` of a block."""
        layout, count = self._layout(first, end), end - first
        parts = [each.shared(keys[at], number) * count for at, each in self._columns]
        shared = int.from_bytes(b"".join(parts), "big")
        return layout.cut((shared ^ layout.pads).to_bytes(layout.size, "big"))

    def _lay_out(self, first: int, end: int) -> Layout:
        pads = [each.pads[first * each.width : end * each.width] for _, each in self._columns]
        data = b"".join(pads)
        cut = struct.Struct("".join(f"{len(pad)}s" for pad in pads)).unpack
        return Layout(int.from_bytes(data, "big"), len(data), cut)


class Indexes:
    """Which row of a table each item takes, for several tables of one size, a power of two.

    Up to ROWS items in a row take different rows of a table that has so many.
    """

    def __init__(self, tables: int, size: int, key: bytes) -> None:
        self.width = 2 * tables
        self._tables, self._mask = tables, int.from_bytes((size - 1).to_bytes(2, "big") * tables)
        drawn = [Draw(digest(key, table)).sample(size, min(size, ROWS)) for table in range(tables)]
        rows = zip(*(row * (ROWS // len(row)) for row in drawn), strict=True)
        self.pads = struct.pack(f">{tables * ROWS}H", *chain.from_iterable(rows))

    def shared(self, key: Key, number: int) -> bytes:
        """Give what is laid over the picks of a block."""
        return (mixed(key, number, _WORD, 32) & self._mask).to_bytes(self.width, "big")

    def read(self, data: bytes) -> list[tuple[int, ...]]:
        """Give for each table the rows that items take, of what they are shown."""
        picks = _words(len(data) // 2).unpack(data)
        return [picks[table :: self._tables] for table in range(self._tables)]


def key(secrets: bytes, at: int = 0) -> Key:
    """Make a key of the SECRET bytes at a place."""
    multiplier, second, offset, low = _NUMBERS.unpack_from(secrets, at)
    # Odd multipliers are permutations, of the numbers of however many bits.
    return multiplier | 1, second | 1, offset, low


def mixed(key: Key, number: int, mask: int, half: int) -> int:
    """Permute a number among those of some bits: all are set in `mask`, `half` is half of them."""
    multiplier, second, offset, _ = key
    number = (number * multiplier + offset) & mask
    number = ((number ^ number >> half) * second) & mask
    return number ^ number >> half


@lru_cache(maxsize=512)
def _words(count: int) -> struct.Struct:
    return struct.Struct(f">{count}H")
