"""Violations: what the contract does not allow in a body, found by a schema or by a law."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..documents.pointers import join

if TYPE_CHECKING:
    from ..documents.pointers import Pointer

MISSING = "nothing, the member is missing"
"""What is there in place of a member that is not."""

# A member may be called by a number as well, of any length and in any digits.
_INDEX = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Violation:
    """Something in a body that the contract does not allow.

    `place` is its place in the body, `expected` and `actual` say what should be there and what is,
    and `law` whether a law found it or a schema. `requirement` is None if the contract ties none to
    the element.
    """

    requirement: str | None
    place: Pointer
    expected: str
    actual: str
    law: bool = False

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer."""
        return join(self.place)

    def __str__(self) -> str:
        """Return one sentence with the place."""
        return f"{self.pointer or 'the body'}: expected {self.expected}, got {self.actual}"


@dataclass(slots=True)
class Judgement:
    """The violations of a body, and how often it could be judged by each requirement."""

    violations: list[Violation] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)


def standing(place: Pointer) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts places as they stand: the item 10 after the item 9."""
    return tuple((int(part), "") if _INDEX.fullmatch(part) else (0, part) for part in place)
