"""The names that select a scenario: one value of a path parameter, or all values of one form."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLACEHOLDER = "{total}"
"""Stands for the number of items in the list."""
_LONGEST = 18
_EXAMPLE = "25"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as a file has it; `before` and `after` surround what `*` or `{total}` stand for."""

    text: str
    before: str
    after: str
    is_prefix: bool
    is_sized: bool

    @classmethod
    def read(cls, text: str) -> Name:
        """Read a name, in which a `*` may stand at the end, or `{total}` anywhere."""
        before, placeholder, after = text.partition(PLACEHOLDER)
        if placeholder:
            return cls(text, before, after, is_prefix=False, is_sized=True)
        return cls(text, text.removesuffix("*"), "", text.endswith("*"), is_sized=False)

    @property
    def is_exact(self) -> bool:
        """Whether it is one value."""
        return not (self.is_prefix or self.is_sized)

    @property
    def example(self) -> str:
        """A value that it matches."""
        return self.text.replace(PLACEHOLDER, _EXAMPLE)

    @property
    def rank(self) -> tuple[int, bool, str]:
        """Where it stands in the order in which names are tried: the most exact one first."""
        return -len(self.before) - len(self.after), self.is_prefix, self.text

    def described(self, description: str) -> str:
        """Return the description of a scenario, and what else than the example selects it."""
        if not self.is_sized:
            return description
        return f"{description} Any other number can replace {_EXAMPLE}."

    @property
    def pattern(self) -> str:
        """The regular expression of the values that it stands for; it has no groups."""
        anything = r"(?s:.*)" if self.is_prefix else "[0-9]+" if self.is_sized else ""
        return f"{re.escape(self.before)}{anything}{re.escape(self.after)}"

    def matches(self, value: str) -> bool:
        """Whether it stands for a value, among others."""
        if self.is_exact or not value.startswith(self.before):
            return value == self.text
        return re.fullmatch(self.pattern, value) is not None

    def total(self, value: str) -> int | None:
        """Return the number of items that a value says, None if its list has another size."""
        if not self.is_sized:
            return None
        digits = value[len(self.before) : len(value) - len(self.after)].lstrip("0")
        # More than any list can have; Python converts no number of arbitrary length.
        return int(digits or 0) if len(digits) <= _LONGEST else 10**_LONGEST
