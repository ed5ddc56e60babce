"""Signs of freedoms in values: what is there if a server takes the freedom."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..evidence.bodies import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.schemas.schemas import Node

    Test = Callable[[Any], bool]

_NAMELESS = ("additionalProperties", "patternProperties", "unevaluatedProperties")
"""Keywords that describe members without a name."""
_DECIMALS = 100
_MOST_BITS = 2**31
_FROM_RIGHT = {"R", "AL"}
"""The directions of letters that are written from right to left, as Unicode names them."""


@dataclass(frozen=True, slots=True)
class DeclaredPlace:
    """A place of a contract's bodies: its schema, and what the contract's examples have there."""

    contract: Contract
    node: Node
    examples: Sequence[Any]


def _more_members(place: DeclaredPlace) -> Test:
    members, _ = declared(place.contract.schemas, place.node)
    if any(isinstance(place.node.schema.get(name), dict) for name in _NAMELESS):
        return lambda _: False
    return lambda value: isinstance(value, dict) and not value.keys() <= members.keys()


def _another_order(place: DeclaredPlace) -> Test:
    members, _ = declared(place.contract.schemas, place.node)
    rank = {name: number for number, name in enumerate(members)}

    def test(value: Any) -> bool:
        ranks = [rank[name] for name in value if name in rank] if isinstance(value, dict) else []
        return ranks != sorted(ranks)

    return test


def _another_value(place: DeclaredPlace) -> Test:
    schema = place.node.schema
    known = [*place.examples, *schema.get("enum", ())]
    known += [schema[name] for name in ("example", "default") if name in schema]
    return lambda value: value is not None and value not in known


def _code_alone(place: DeclaredPlace) -> Test:
    form = place.contract.error

    def test(value: Any) -> bool:
        code = form.read(value) if form is not None and isinstance(value, str) else None
        return code is not None and form is not None and value == form.write(code, "")

    return test


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has_decimals(value: Any) -> bool:
    finite = isinstance(value, float) and math.isfinite(value)
    return finite and round(value * _DECIMALS, 6) % 1 != 0


def _is_from_right_to_left(value: Any) -> bool:
    letters = value if isinstance(value, str) and not value.isascii() else ""
    return any(unicodedata.bidirectional(letter) in _FROM_RIGHT for letter in letters)


def _is_in_another_script(value: Any) -> bool:
    letters = value if isinstance(value, str) and not value.isascii() else ""
    return any(
        letter.isalpha()
        and not unicodedata.name(letter, "").startswith("LATIN")
        and unicodedata.bidirectional(letter) not in _FROM_RIGHT
        for letter in letters
    )


ANOTHER = "another value"
"""What a value is that no example of the contract has."""
KINDS: Mapping[str, Callable[[DeclaredPlace], Test]] = {
    "with more members": _more_members,
    "in another order": _another_order,
    ANOTHER: _another_value,
    "a code without a text": _code_alone,
    "null": lambda _: lambda value: value is None,
    "empty text": lambda _: lambda value: value == "",
    "in another script": lambda _: _is_in_another_script,
    "from right to left": lambda _: _is_from_right_to_left,
    "zero": lambda _: lambda value: _is_number(value) and value == 0,
    "below zero": lambda _: lambda value: _is_number(value) and value < 0,
    "beyond 32 bits": lambda _: lambda value: _is_number(value) and abs(value) >= _MOST_BITS,
    "with more than two decimals": lambda _: _has_decimals,
    "an integer with a decimal point": lambda _: (
        lambda value: isinstance(value, float) and value.is_integer()
    ),
}
"""What a value may be, by name."""
TWICE = "twice in a response"
"""What values of one place may be together."""


def counting(entry: Mapping[str, str], place: DeclaredPlace) -> Callable[[Sequence[Any]], int]:
    """Return a function that counts those of the values at a place that an entry describes."""
    if entry.get("is") == TWICE:
        return _repeated
    test = _matching(entry["matches"]) if "matches" in entry else KINDS[entry["is"]](place)
    return lambda values: sum(map(test, values))


def _matching(pattern: str) -> Test:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.search(value) is not None


def _repeated(values: Sequence[Any]) -> int:
    counts = Counter(value for value in values if isinstance(value, str))
    return sum(number for number in counts.values() if number > 1)
