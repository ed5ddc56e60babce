"""Mistakes in a catalogue, and the expressions in it, which are checked when it is loaded."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class MistakeError(ValueError):
    """What is wrong in a catalogue, and what is allowed there."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(what)


def near(name: str, known: Iterable[str]) -> str:
    """Return a hint that names what is similar to an unknown name, or all that is known."""
    known = list(known)
    similar = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return f"Did you mean {' or '.join(similar)}?" if similar else f"Known are {', '.join(known)}"


def regex(text: str) -> re.Pattern[str]:
    """Compile a regular expression; raise MistakeError if it is none."""
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise MistakeError(f"{text!r} is not a regular expression: {error}") from None


class Expression:
    """A CEL expression over numbers of a page, such as `total / size + 1`."""

    def __init__(self, source: str | int, known: Iterable[str]) -> None:
        """Compile an expression; raise MistakeError for a syntax error or an unknown name."""
        try:
            self._program = _compiled(str(source))
        except ValueError as error:
            first = str(error).splitlines()[0]
            raise MistakeError(f"{source!r} is not an expression: {first}") from None
        known = [*known]
        for name in self._program.variables():
            if name not in known:
                raise MistakeError(
                    f"{source!r} uses the unknown name {name!r}", f"Known are {', '.join(known)}"
                )

    def __call__(self, variables: Mapping[str, Any]) -> Any:
        """Return the value; raise ValueError if there is none, as of a division by zero."""
        try:
            return self._program.execute(dict(variables))
        except (ArithmeticError, LookupError, RuntimeError, TypeError) as error:
            raise ValueError(str(error)) from None


@lru_cache(maxsize=256)
def _compiled(source: str) -> cel.Program:
    return cel.compile(source)
