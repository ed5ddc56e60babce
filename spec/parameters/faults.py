"""How a parameter can be wrong, and what cannot be written at all."""

from __future__ import annotations

from enum import StrEnum


class ParameterFault(StrEnum):
    """How a parameter can be wrong; the values are conditions of `x-requirement`."""

    MISSING = "missing"
    MALFORMED = "malformed"
    LENIENT = "lenient"
    """An integer to some programming languages only, as `1_0` or ` 1`."""
    BELOW = "belowMinimum"
    ABOVE = "aboveMaximum"
    AMBIGUOUS = "ambiguous"
    OUTSIDE = "outside"
    """Breaks another keyword of the schema: an enum, a pattern, a length."""


class UnwritableError(ValueError):
    """A value that a request cannot carry, since it would be read as another one."""
