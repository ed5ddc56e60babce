"""JSON as programs write it, without blanks and needless escapes: read several times as fast."""

from __future__ import annotations

from typing import Any

import msgspec

EXACT = 2**53
"""From here on not every integer is a float, so that a float says no more which one was meant."""
SURELY_FINITE = 300
"""Any integer of fewer digits is within the range of a double."""

_MOST_KNOWN, _LONGEST_KNOWN = 4_096, 24
_TOO_LARGE = b"0" * SURELY_FINITE
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")


def as_number(text: str) -> int | float:
    """Return a number with a fraction or an exponent: in JSON Schema, 2.0 is the integer 2."""
    number = float(text)
    return int(number) if abs(number) < EXACT and number.is_integer() else number


class _Numbers(dict[str, int | float]):
    """Numbers by how they are written, as the same ones come again and again."""

    def __missing__(self, text: str) -> int | float:
        number = as_number(text)
        if len(text) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[text] = number
        return number


_DECODER = msgspec.json.Decoder(float_hook=_Numbers().__getitem__)
_ENCODER = msgspec.json.Encoder()


def read_compact(text: str) -> tuple[Any] | None:
    """Return the value of a text as the only element; None of a text that is not compact.

    The decoder keeps one of repeated members, and rounds numbers. But what it has read is then
    another text when it is written again.
    """
    try:
        data = text.encode()
        value = _DECODER.decode(data)
        is_same = _ENCODER.encode(value) == data
    except (ValueError, RecursionError):
        return None
    # An integer is written again whatever its size.
    is_finite = _TOO_LARGE not in data.translate(_DIGITS_AS_ZERO)
    return (value,) if is_same and is_finite else None
