"""Parameters: reads the values in the path and query of a request, strictly.

The stub and the suite use the same reader: the stub to reject requests, the suite to recognize what
is wrong with one. Nothing is guessed: a number is ASCII digits, and a parameter appears once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .describing import actual, describe
from .visible import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .documents.source import Pointer
    from .schemas.validation import Schema

_INTEGER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
# What some readers take for a number and others do not: a sign or zeros before it.
_LOOSE_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
# What only some languages take for an integer: blanks around it, underscores, the digits of other
# scripts, another base.
_LENIENT_INTEGER = re.compile(
    r"\s*[+-]?(?:\d+(?:_\d+)*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)\s*"
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
# int() takes quadratic time, and gives up at some length. A number that no double can hold any
# more is above, or below, everything.
_MOST_DIGITS = 308
_INT64 = 2**63
# What a schema of integers may have besides, so that only its bounds tell which are valid.
_BOUNDED = {
    *("type", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("default", "example", "description", "title"),
}
_IN_ANY_FORMAT = 2**31
_FEW_DIGITS = 9


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


@dataclass(frozen=True, slots=True)
class ParameterReading:
    """The value of a parameter, or how it is wrong; `sent` is shortened if it is long."""

    value: Any
    fault: ParameterFault | None = None
    sent: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation.

    `requirements` maps a condition to the requirement that judges its responses; `unknown` is a
    value that names nothing, if the contract gives one. `filters` is the place in an item whose
    value the parameter selects (`x-filter`), None if it selects nothing.
    """

    name: str
    location: str
    required: bool
    description: str
    schema: Mapping[str, Any]
    explode: bool
    example: Any
    unknown: str | None
    filters: Pointer | None
    requirements: Mapping[str, str]
    place: Pointer
    compiled: Schema
    _usual: range = field(init=False, repr=False)
    """Integers that are certainly valid."""

    def __post_init__(self) -> None:
        usual = range(0)
        known = all(word in _BOUNDED or word.startswith("x-") for word in self.schema)
        if self.is_integer and known:
            minimum, maximum = self.minimum or 0, self.maximum
            most = _IN_ANY_FORMAT if maximum is None else min(maximum + 1, _IN_ANY_FORMAT)
            usual = range(max(minimum, 0), most)
        object.__setattr__(self, "_usual", usual)

    def usual(self, values: Sequence[str]) -> int | None:
        """Return the value if it is certainly valid, None if `read` has to tell."""
        if len(values) != 1:
            return None
        text = values[0]
        if len(text) > _FEW_DIGITS or not (text.isdecimal() and text.isascii()):
            return None
        if text[0] == "0" and text != "0":
            return None
        value = int(text)
        return value if value in self._usual else None

    @property
    def minimum(self) -> int | None:
        """The smallest integer that is allowed, None if there is no bound."""
        bound: float | None = self.schema.get("minimum")
        if bound is None:
            return None
        above = self.schema.get("exclusiveMinimum") is True
        return math.floor(bound) + 1 if above else math.ceil(bound)

    @property
    def maximum(self) -> int | None:
        """The largest integer that is allowed, None if there is no bound."""
        bound: float | None = self.schema.get("maximum")
        if bound is None:
            return None
        below = self.schema.get("exclusiveMaximum") is True
        return math.ceil(bound) - 1 if below else math.floor(bound)

    def is_unknown(self, value: str) -> bool:
        """Whether the contract says that a value names nothing (`x-unknown`)."""
        unknown = self.unknown
        return unknown is not None and (value == unknown or value.startswith(f"{unknown}-"))

    @property
    def is_integer(self) -> bool:
        """Whether its values are integers."""
        return self.schema.get("type") == "integer"

    @property
    def allowed(self) -> str:
        """The allowed values in words: 'an integer, at least 1, at most 100'."""
        return describe(self.schema)

    def read(self, values: Sequence[str]) -> ParameterReading:
        """Read the values that a request has for this parameter, in order and percent-decoded."""
        if not values:
            missing = ParameterFault.MISSING if self.required else None
            return ParameterReading(self.schema.get("default"), missing)
        if (usual := self.usual(values)) is not None:
            return ParameterReading(usual)
        is_array = self.schema.get("type") == "array"
        if len(values) > 1 and not (is_array and self.explode):
            return ParameterReading(None, ParameterFault.AMBIGUOUS, cut(" and ".join(values)))
        texts, schema = values, self.schema
        if is_array:
            texts = values if self.explode else values[0].split(",")
            schema = schema.get("items", {})
        parsed = [_value(str(schema.get("type")), text) for text in texts]
        for value in parsed:
            if isinstance(value, ParameterFault):
                return ParameterReading(None, value, cut(", ".join(texts)))
        value = parsed if is_array else parsed[0]
        fault = self._judge(value)
        return ParameterReading(value, fault, cut(", ".join(texts)) if fault else None)

    def _judge(self, value: Any) -> ParameterFault | None:
        if self.is_integer:
            minimum, maximum = self.minimum, self.maximum
            if minimum is not None and value < minimum:
                return ParameterFault.BELOW
            if maximum is not None and value > maximum:
                return ParameterFault.ABOVE
            if not -_INT64 <= value < _INT64:
                return None  # too large for the validator, and bound by nothing the schema says
        try:
            valid = self.compiled.is_valid(value)
        except UnicodeEncodeError:
            valid = False
        return None if valid else ParameterFault.OUTSIDE


def _value(kind: str, text: str) -> Any:
    if kind == "integer":
        return _integer(text)
    if kind == "number":
        return _number(text)
    if kind == "boolean":
        return _BOOLEANS.get(text, ParameterFault.MALFORMED)
    return text


def _integer(text: str) -> int | ParameterFault:
    if not _INTEGER.fullmatch(text):
        if _LOOSE_INTEGER.fullmatch(text):
            return ParameterFault.AMBIGUOUS
        lenient = _LENIENT_INTEGER.fullmatch(text)
        return ParameterFault.LENIENT if lenient else ParameterFault.MALFORMED
    if len(text.lstrip("-")) > _MOST_DIGITS:
        return ParameterFault.BELOW if text.startswith("-") else ParameterFault.ABOVE
    return int(text)


def _number(text: str) -> float | ParameterFault:
    if not _NUMBER.fullmatch(text):
        return ParameterFault.MALFORMED
    number = float(text)
    if math.isinf(number):
        return ParameterFault.BELOW if number < 0 else ParameterFault.ABOVE
    return number


def explain(parameter: Parameter, reading: ParameterReading) -> str:
    """Return what is wrong with a parameter, what was sent, and what is allowed.

    For example: 'query parameter size is "101"; allowed is an integer, at least 1, at most 100'.
    """
    name = f"{parameter.location} parameter {parameter.name}"
    allowed = f"allowed is {parameter.allowed}"
    if reading.fault is ParameterFault.ABOVE and "maximum" not in parameter.schema:
        allowed = f"{allowed}, of at most {_MOST_DIGITS} digits"
    if reading.fault is ParameterFault.MISSING:
        return f"{name} is missing; {allowed}"
    return f"{name} is {actual(reading.sent)}; {allowed}"
