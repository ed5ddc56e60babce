"""Expressions of laws, in CEL: what each reads is proved, and its results are kept.

Passing a value to CEL costs far more than evaluating it, and values repeat: most of a hundred users
share a status, a score or a day with another. The result of a law depends only on what it reads, so
it is kept and used again for equal reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..documents.pointers import split
from .columns import NO_OBJECT, Column, Key, Raw, context, needed
from .engine import cel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..documents.pointers import Pointer

MOST_KNOWN = 4_096
"""The number of results that are kept for each expression."""
LONGEST_KNOWN = 256
"""The length of the longest string for which results are kept."""

CANNOT_BE_EVALUATED = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What CEL raises if an expression does not fit a value."""
_ROOTS = {"self", "request"}
_MACROS = ("all", "exists", "exists_one", "map", "filter")
_LOOPS = tuple(f".{macro}" for macro in _MACROS)


class LawError(ValueError):
    """A law that cannot be used; `place` leads from the law to the member that is wrong."""

    def __init__(self, message: str, place: Pointer = ()) -> None:
        self.place = place
        super().__init__(message)


class Read(NamedTuple):
    """One entry of `reads`, and how an expression spells it."""

    text: str
    kind: str
    place: Pointer
    spelling: str

    @classmethod
    def parse(cls, text: str) -> Read:
        """Read an entry; raise LawError if it is no place."""
        if text.startswith("request."):
            return cls(text, "request", (text[len("request.") :],), text)
        counted = text.startswith("size(") and text.endswith(")")
        try:
            place = split(text[len("size(") : -1] if counted else text)
        except ValueError as error:
            raise LawError(f"reads: {error}", ("reads",)) from None
        steps = (f".{part}" if part.isidentifier() else f"[{part!r}]" for part in place)
        spelling = f"self{''.join(steps)}"
        if counted:
            return cls(text, "size", place, f"size({spelling})")
        return cls(text, "self", place, spelling)


def proved(
    expression: str, declared: Sequence[Read], member: str
) -> tuple[cel.Program, list[Read]]:
    """Compile an expression; return it with the declared reads that it makes use of.

    Each declared read is replaced by a variable of its own. Then nothing of `self` and `request`
    may be left, and the variables that are left are what is read.
    """
    compiled = _compile(expression, member)
    squeezed = "".join(expression.split())
    for name in sorted({*compiled.variables()} - _ROOTS):
        # A macro brings its own variable along: the x of `self.items.all(x, x > 0)`.
        if not any(f".{macro}({name}," in squeezed for macro in _MACROS):
            raise LawError(f"{member} names {name}; a law knows self and request", (member,))
    text = expression
    for number, read in enumerate(sorted(declared, key=lambda each: -len(each.spelling))):
        text = text.replace(read.spelling, f" read_{number}.it ")
    try:
        left = {*_compile(text, member).variables()}
    except LawError:
        left = _ROOTS
    if left & _ROOTS:
        spelled = ", ".join(each.spelling for each in declared) or "nothing"
        what = f"{member} reads more than reads declares, which is {spelled}"
        raise LawError(what, (member,))
    order = sorted(declared, key=lambda each: -len(each.spelling))
    return compiled, [read for number, read in enumerate(order) if f"read_{number}" in left]


def nesting(expression: str) -> int:
    """Return how many macros stand in each other; parentheses in its texts are taken for others."""
    squeezed, most = "".join(expression.split()), 0
    are_loops: list[bool] = []
    for index, character in enumerate(squeezed):
        if character == "(":
            are_loops.append(squeezed.endswith(_LOOPS, 0, index))
            most = max(most, sum(are_loops))
        elif character == ")" and are_loops:
            are_loops.pop()
    return most


def _compile(expression: str, member: str) -> cel.Program:
    try:
        return cel.compile(expression)
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise LawError(f"{member} is not a CEL expression: {reason}", (member,)) from None


class Results(dict[Key, Any]):
    """Results by what they depend on, up to a number; keys are in the order of `columns`."""

    columns: tuple[Column, ...]

    def keep(self, key: Key, value: Any) -> None:
        """Keep a result, unless what it was computed from takes much memory."""
        for part in (key,) if len(self.columns) == 1 else key:
            if type(part) is Raw or (type(part) is str and len(part) > LONGEST_KNOWN):
                return
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[key] = value


class Expression(Results):
    """The result of one expression by what it reads; None if it cannot be evaluated.

    A result is computed when it is first needed.
    """

    def __init__(self, expression: str, declared: Sequence[Read], member: str) -> None:
        super().__init__()
        self._program, self.reads = proved(expression, declared, member)
        self._is_rule = member == "rule"
        whole = any(read.kind != "request" and not read.place for read in self.reads)
        named = {
            (read.kind, read.place[0]) if len(read.place) == 1 else ("self", read.place[0])
            for read in self.reads
            if read.place
        }
        self.columns = needed({*named, *([("self", "")] if whole else [])})

    @property
    def source(self) -> str:
        """The expression as CEL."""
        return self._program.source

    def __missing__(self, key: Key) -> Any:
        value = self._evaluate((key,) if len(self.columns) == 1 else key)
        self.keep(key, value)
        return value

    def _evaluate(self, parts: tuple[Any, ...]) -> Any:
        if NO_OBJECT in parts:
            return None
        # A law that cannot be evaluated on a value says nothing about it: a member that it reads
        # is missing or has another type, or a number is beyond 64 bits. But where a function does
        # not take the value, as timestamp() does not take 30 February, the value breaks the law.
        try:
            return self._program.execute(context(zip(self.columns, parts, strict=True)))
        except CANNOT_BE_EVALUATED as error:
            return False if self._is_rule and str(error).startswith("Function '") else None
