"""Mistakes in files: each with its line, what is wrong, and how to correct it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .pointers import Pointer


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file: its line, what is wrong, how to correct it, and its place if known."""

    file: str
    line: int
    what: str
    hint: str = ""
    place: Pointer = field(default=(), compare=False)

    def __str__(self) -> str:
        """Return FILE:LINE: what. hint."""
        text = f"{self.file}:{self.line}: {self.what}"
        return f"{text}. {self.hint}" if self.hint else text


class SourceError(Exception):
    """A file that cannot be used, with every mistake found in it, first to last."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
