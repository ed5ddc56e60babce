"""Reproducible draws: the same key gives the same values in every process, on every machine."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_WORD = 8
_BLOCK = 64
_MOST_TURNS = 12


def digest(key: bytes, *parts: bytes | str | int, size: int = 32) -> bytes:
    """Hash a key of at most 64 bytes and its use; different parts have different digests."""
    state = blake2b(key=key, digest_size=size)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(_WORD, "big") + data)
    return state.digest()


class Turns:
    """Which choices are made anew, by the place in a value, until it is valid.

    A place with several choices counts like an odometer: the first one turns fastest, and after all
    of them, or many, the choices of what is around the place.
    """

    def __init__(self) -> None:
        self._turned: dict[tuple[str, ...], int] = {}
        self._choices: dict[tuple[str, ...], int] = {}

    def begin(self) -> None:
        """Begin to make a value."""
        self._choices.clear()

    def at(self, place: tuple[str, ...], choices: int) -> int:
        """Return the turn of a place, from 0 up to but not including `choices`."""
        before = self._choices.get(place, 1)
        self._choices[place] = before * choices
        return self._turned.get(place, 0) // before % choices

    def turn(self, place: tuple[str, ...]) -> None:
        """Make the next choice at a place, or at the nearest one around it that has choices."""
        for length in range(len(place), -1, -1):
            owner = place[:length]
            if owner in self._choices:
                self._turned[owner] = self._turned.get(owner, 0) + 1
                if self._turned[owner] % min(self._choices[owner], _MOST_TURNS):
                    return


class Draw:
    """An endless stream of numbers that follows from its key alone.

    With `turns`, some makers make another choice than the one that is drawn: those of the part of a
    value at `place`.
    """

    __slots__ = ("_at", "_block", "_key", "_left", "_place", "_turns")

    def __init__(self, key: bytes, turns: Turns | None = None, place: tuple[str, ...] = ()) -> None:
        self._key = key
        self._at = 0
        self._block = b""
        self._left = 0
        self._turns, self._place = turns, place

    def under(self, name: str | int) -> Draw:
        """Return the stream of a part, which does not depend on what was drawn before."""
        if self._turns is None:
            return Draw(digest(self._key, name))
        return Draw(digest(self._key, name), self._turns, (*self._place, str(name)))

    def branch(self, number: int) -> Draw:
        """Return the stream of the same part as made by one of several makers."""
        return Draw(digest(self._key, number), self._turns, self._place)

    def turning(self, turns: Turns) -> Draw:
        """Return the same stream with turns."""
        return Draw(self._key, turns, self._place)

    def turn(self, choices: int) -> int:
        """Return how far from the choice that is drawn a maker has to go, of so many choices."""
        return 0 if self._turns is None else self._turns.at(self._place, choices)

    def bits(self) -> int:
        """Draw a number of 64 bits."""
        if self._left == 0:
            self._block = blake2b(
                self._at.to_bytes(_WORD, "big"), key=self._key, digest_size=_BLOCK
            ).digest()
            self._at += 1
            self._left = _BLOCK
        start = _BLOCK - self._left
        self._left -= _WORD
        return int.from_bytes(self._block[start : start + _WORD], "big")

    def below(self, end: int) -> int:
        """Draw a whole number from 0 up to but not including `end`."""
        if end <= 1 << 32:
            return self.bits() % end
        wide = 0
        for _ in range(end.bit_length() // 64 + 2):
            wide = wide << 64 | self.bits()
        return wide % end

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + self.below(high - low + 1)

    def gauss(self) -> float:
        """Draw a number of about the standard normal distribution, from -6 to 6.

        It is a sum of twelve uniform numbers: exact in binary, and hence the same on every machine.
        """
        words = (self.bits() for _ in range(3))
        total = sum(word >> shift & 0xFFFF for word in words for shift in (0, 16, 32, 48))
        return total / 0x10000 - 6

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of several."""
        return choices[self.below(len(choices))]

    def sample(self, end: int, count: int) -> list[int]:
        """Draw `count` different whole numbers below `end`, in the order they came."""
        found: dict[int, None] = {}
        while len(found) < count:
            found[self.below(end)] = None
        return list(found)
