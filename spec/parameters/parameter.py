"""Parameters: their values are read strictly, and written so that they are read again.

The stub and the suite use the same reader: the stub to reject requests, the suite to recognize what
is wrong with one. Nothing is guessed: a number is ASCII digits, and a parameter appears once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..describing import actual, describe
from ..visible import cut
from .faults import ParameterFault, UnwritableError
from .received import decoded
from .texts import MOST_DIGITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..documents.pointers import Pointer
    from ..schemas.validation import Schema
    from .received import Pairs, Received
    from .serialization import Serialization
    from .texts import Tree

_INT64 = 2**63
# What a schema of integers may have besides, so that only its bounds tell which are valid.
_BOUNDED = {
    *("type", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("default", "example", "description", "title"),
}
# What decoding would change in a decoded text.
_CHANGED = re.compile(r"[%+]|[^\x00-\x7f]+")
_IN_ANY_FORMAT = 2**31
_FEW_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ParameterReading:
    """The value of a parameter, or how it is wrong; `sent` is shortened if it is long."""

    value: Any
    fault: ParameterFault | None = None
    sent: str | None = None

    @property
    def is_value(self) -> bool:
        """Whether there is a value, and nothing is wrong with it."""
        return self.fault is None and self.value is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation.

    `requirements` maps a condition to the requirement that judges its responses; `unknown` is a
    value that names nothing, if the contract gives one. One that `may_be_empty` counts as not sent
    if it is empty (`allowEmptyValue`).
    """

    name: str
    required: bool
    description: str
    schema: Mapping[str, Any]
    serialization: Serialization
    may_be_empty: bool
    example: Any
    unknown: str | None
    requirements: Mapping[str, str]
    place: Pointer
    compiled: Schema
    _usual: range = field(init=False, repr=False)
    """Integers that are certainly valid."""

    def __post_init__(self) -> None:
        usual = range(0)
        known = all(word in _BOUNDED or word.startswith("x-") for word in self.schema)
        if self.is_integer and known and self.serialization.is_bare:
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
        if unknown is None or not value.startswith(unknown):
            return False
        return value[len(unknown) : len(unknown) + 1] in {"", "-"}

    @property
    def is_integer(self) -> bool:
        """Whether its values are integers."""
        return self.schema.get("type") == "integer"

    @property
    def is_text(self) -> bool:
        """Whether each of its values is one text, with nothing around it."""
        return self.serialization.is_bare and self.serialization.shape.is_plain

    @property
    def allowed(self) -> str:
        """The allowed values in words: 'an integer, at least 1, at most 100'."""
        return describe(self.schema)

    @property
    def location(self) -> str:
        """Where it is in a request: in 'path', 'query', 'header' or 'cookie'."""
        return self.serialization.location

    def write(self, value: Any) -> Pairs:
        """Return the raw names and values that carry a value, whether it is valid or not.

        Those of a query and a path are percent-encoded. Raises UnwritableError if it would be read
        as another value.
        """
        if self.location == "path" and isinstance(value, str) and value in {"", ".", ".."}:
            raise UnwritableError("a segment of a path is neither empty nor only points")
        return self.serialization.write(value)

    def read(self, values: Sequence[str]) -> ParameterReading:
        """Read decoded values that have its name, in order."""
        if (usual := self.usual(values)) is not None:
            return ParameterReading(usual)
        name, raw = self.name, [_raw(value) for value in values]
        if self.location == "header":
            name, raw = name.lower(), list(values)
        return self.receive({name: raw} if values else {})

    def receive(self, received: Received) -> ParameterReading:
        """Read what a request has in its place: raw values by name."""
        names = self.serialization.names(received)
        if not names:
            missing = ParameterFault.MISSING if self.required else None
            return ParameterReading(self.schema.get("default"), missing)
        if self.may_be_empty and all(received[name] == [""] for name in names):
            return ParameterReading(None)
        first = None
        for tree, value in self.serialization.read(received):
            fault = value if isinstance(value, ParameterFault) else self._judge(value)
            if fault is None:
                return ParameterReading(value)
            if first is None:
                sent = _shown(tree, [each for name in names for each in received[name]], fault)
                first = ParameterReading(None if fault is value else value, fault, sent)
        return first or ParameterReading(None, ParameterFault.MALFORMED, "")

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


def _raw(value: str) -> str:
    """Return a decoded value with what decoding would change escaped, and nothing else."""
    try:
        return _CHANGED.sub(lambda found: quote(found[0], safe=""), value)
    except UnicodeEncodeError:
        return value  # decoding leaves it, too


def _shown(tree: Tree | None, raw: Sequence[str], fault: ParameterFault) -> str:
    """Return what was sent, for messages."""
    if isinstance(tree, str):
        return cut(tree)
    if isinstance(tree, list):
        return cut(", ".join(map(str, tree)))
    return cut((" and " if fault is ParameterFault.AMBIGUOUS else ", ").join(map(decoded, raw)))


def explain(parameter: Parameter, reading: ParameterReading) -> str:
    """Return what is wrong with a parameter, what was sent, and what is allowed.

    For example: 'query parameter size is "101"; allowed is an integer, at least 1, at most 100'.
    """
    name = f"{parameter.location} parameter {parameter.name}"
    allowed = f"allowed is {parameter.allowed}"
    if reading.fault is ParameterFault.ABOVE and "maximum" not in parameter.schema:
        allowed = f"{allowed}, of at most {MOST_DIGITS} digits"
    if reading.fault is ParameterFault.MISSING:
        return f"{name} is missing; {allowed}"
    return f"{name} is {actual(reading.sent)}; {allowed}"
