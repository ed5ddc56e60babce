"""The bytes that rows of a collection follow from, computed for a block of ROWS rows together.

Each column has a fixed keystream, with bytes of its own for each row of a block. The rows of one
block also share bytes, which follow from the key of the collection and the number of the block.
A row's bytes are the XOR of both. All columns of a block are computed in one step, so a page costs
little more than a row.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

from .keystream import Draw

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
    """A column of a list; `keystream` has `width` bytes for each row of a block."""

    width: int
    keystream: bytes

    def shared(self, key: Key, number: int) -> bytes:
        """Return the `width` bytes that the rows of a block share."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The keystreams of some rows of a block, one column after another, and how to split them."""

    keystream: int
    size: int
    cut: Callable[[bytes], tuple[bytes, ...]]


class RowGenerator:
    """The columns of one list."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(enumerate(columns))
        self._layout = lru_cache(maxsize=512)(self._lay_out)

    def keys(self, secrets: bytes) -> list[Key]:
        """Return the keys of all columns, of SECRET bytes each."""
        return [key(secrets, SECRET * number) for number in range(len(self._columns))]

    def bytes_of(self, keys: Sequence[Key], number: int, first: int, end: int) -> tuple[bytes, ...]:
        """Return for each column the bytes of a block's rows from `first` to before `end`."""
        layout, count = self._layout(first, end), end - first
        parts = [each.shared(keys[at], number) * count for at, each in self._columns]
        shared = int.from_bytes(b"".join(parts), "big")
        return layout.cut((shared ^ layout.keystream).to_bytes(layout.size, "big"))

    def _lay_out(self, first: int, end: int) -> Layout:
        parts = [each.keystream[first * each.width : end * each.width] for _, each in self._columns]
        data = b"".join(parts)
        cut = struct.Struct("".join(f"{len(part)}s" for part in parts)).unpack
        return Layout(int.from_bytes(data, "big"), len(data), cut)


class Index:
    """Which row of a table each item takes; `size` is the number of rows, a power of two.

    Up to ROWS items in a row take different rows of a table that has so many.
    """

    width = 2

    def __init__(self, size: int, key: bytes) -> None:
        self._mask = size - 1
        drawn = Draw(key).sample(size, min(size, ROWS))
        self.keystream = struct.pack(f">{ROWS}H", *drawn * (ROWS // len(drawn)))

    def shared(self, key: Key, number: int) -> bytes:
        """Return the bytes that the rows of a block share."""
        return (mixed(key, number, _WORD, 32) & self._mask).to_bytes(self.width, "big")

    @staticmethod
    def read(data: bytes) -> tuple[int, ...]:
        """Return the rows that items take, from their bytes of the keystream."""
        return _words(len(data) // 2).unpack(data)


def key(secrets: bytes, at: int = 0) -> Key:
    """Return the key that the SECRET bytes at a place make."""
    multiplier, second, offset, low = _NUMBERS.unpack_from(secrets, at)
    # Odd multipliers are permutations, of the numbers of however many bits.
    return multiplier | 1, second | 1, offset, low


def mixed(key: Key, number: int, mask: int, half: int) -> int:
    """Permute the numbers of some bits, all of which `mask` has set; `half` is half their count."""
    multiplier, second, offset, _ = key
    number = (number * multiplier + offset) & mask
    number = ((number ^ number >> half) * second) & mask
    return number ^ number >> half


@lru_cache(maxsize=512)
def _words(count: int) -> struct.Struct:
    return struct.Struct(f">{count}H")
