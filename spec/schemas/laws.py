"""Laws between fields: the `x-validations` of a schema, in CEL.

A law says what holds for one value, `self`, and for the parameters of the request as parsed,
`request`. It declares what it reads, and sees nothing else; that the declaration is true is proved
when the law is compiled. A law is not applied if what it reads breaks the schema, so that one
mistake is reported once.

Passing a value to CEL costs far more than evaluating it, and values repeat: most of a hundred users
share a status, a score or a day with another. The result of a law depends only on what it reads, so
it is kept and used again for equal reads.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..documents.pointers import split
from .law_columns import NO_OBJECT, Column, Columns, Key, Raw, context, key_getter, needed, part_of

# `import cel` imports its command line as well, and with it typer, rich and prompt_toolkit, which
# takes longer than everything else that a command of this package imports.
_STUB = ModuleType("cel.cli")
sys.modules.setdefault("cel.cli", _STUB)
import cel as cel  # noqa: E402, PLC0414 - after the stub; the catalogue of faults uses it, too

if sys.modules["cel.cli"] is _STUB:
    del sys.modules["cel.cli"]  # whoever wants it imports it

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..documents.pointers import Pointer

MOST_KNOWN = 4_096
"""The number of results that are kept for each expression."""
LONGEST_KNOWN = 256
"""The length of the longest string for which results are kept."""

TIME = "time"
"""The name in `request` of the time of the request, in RFC 3339 format and UTC.

A law that reads it does not apply where the time is not known. A parameter of this name hides it.
"""

_CANNOT_BE_SAID = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What CEL raises if an expression does not fit a value."""
_ROOTS = {"self", "request"}
_MACROS = ("all", "exists", "exists_one", "map", "filter")
_LOOPS = tuple(f".{macro}" for macro in _MACROS)


class LawError(ValueError):
    """A law that cannot be used; `place` leads from the law to the member that is wrong."""

    def __init__(self, message: str, place: Pointer = ()) -> None:
        self.place = place
        super().__init__(message)


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One entry of `x-validations`.

    `reads` are the places below `self` that `when` and `rule` look at, `counts` those of which they
    only count the elements, and `asks` the names of the parameters that they look at.
    """

    requirement: str | None
    message: str
    field: Pointer
    reads: tuple[Pointer, ...]
    counts: tuple[Pointer, ...]
    asks: tuple[str, ...]
    when: _Expression
    rule: _Expression
    outcomes: _Outcomes
    _message: cel.Program | None

    @classmethod
    def compile(cls, entry: Mapping[str, Any]) -> Law:
        """Compile an entry; raise LawError if it is incomplete, not CEL, or `reads` is wrong."""
        rule, message, when = entry.get("rule"), entry.get("message"), entry.get("when", "true")
        if not (isinstance(rule, str) and isinstance(message, str) and isinstance(when, str)):
            raise LawError("a law has the members rule and message, and when if need be, all text")
        try:
            field = split(str(entry.get("fieldPath", "")))
        except ValueError as error:
            raise LawError(f"fieldPath: {error}", ("fieldPath",)) from None
        declared = [_Read.parse(str(text)) for text in entry.get("reads", ())]
        # The line break ends a comment that an expression may end with.
        applies = _Expression(f"({when}\n) ? true : false", declared, "when")
        holds = _Expression(rule, declared, "rule")
        unread = [each.text for each in declared if each not in {*applies.reads, *holds.reads}]
        if unread:
            what = f"reads declares {', '.join(map(repr, unread))}, which when and rule do not read"
            raise LawError(what, ("reads",))
        shown = entry.get("messageExpression")
        return cls(
            requirement=entry.get("requirement"),
            message=message,
            field=field,
            reads=tuple(each.place for each in declared if each.kind == "self"),
            counts=tuple(each.place for each in declared if each.kind == "size"),
            asks=tuple(each.place[0] for each in declared if each.kind == "request"),
            when=applies,
            rule=holds,
            outcomes=_Outcomes(applies, holds),
            _message=_proved(str(shown), declared, "messageExpression")[0] if shown else None,
        )

    @property
    def loops(self) -> int:
        """The number of loops that stand in each other, in `when` or `rule`."""
        return max(_nesting(self.when.source), _nesting(self.rule.source))

    def holds(self, value: Any, request: Mapping[str, Any]) -> bool | None:
        """Whether the law holds for a value, or None if it does not apply."""
        for _, held, broken in LawBook([self]).judge([value], request):
            return held > 0 and not broken
        return None

    def explain(self, value: Any, request: Mapping[str, Any]) -> str:
        """Return how a value breaks the law, by `messageExpression` if it can be evaluated."""
        if self._message is not None:
            try:
                return str(self._message.execute({"self": value, "request": dict(request)}))
            except _CANNOT_BE_SAID:
                pass  # the expression does not fit the value; the fixed text always does
        return self.message

    def touches(self, broken: Iterable[Pointer]) -> bool:
        """Whether the law reads anything in, or around, one of the places that break the schema."""
        # Elements that are wrong in themselves can be counted all the same.
        return any(
            any(read[: len(place)] == place[: len(read)] for read in self.reads)
            or any(count[: len(place)] == place for count in self.counts)
            for place in broken
        )


class _Read(NamedTuple):
    """One entry of `reads`, and how an expression spells it."""

    text: str
    kind: str
    place: Pointer
    spelling: str

    @classmethod
    def parse(cls, text: str) -> _Read:
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


def _proved(
    expression: str, declared: Sequence[_Read], member: str
) -> tuple[cel.Program, list[_Read]]:
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


def _nesting(expression: str) -> int:
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


class _Results(dict[Key, Any]):
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


class _Expression(_Results):
    """The result of one expression by what it reads; None if it cannot be evaluated.

    A result is computed when it is first needed.
    """

    def __init__(self, expression: str, declared: Sequence[_Read], member: str) -> None:
        super().__init__()
        self._program, self.reads = _proved(expression, declared, member)
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
        except _CANNOT_BE_SAID as error:
            return False if self._is_rule and str(error).startswith("Function '") else None


class _Outcomes(_Results):
    """Whether a law holds, by what it reads; None if it does not apply."""

    def __init__(self, when: _Expression, rule: _Expression) -> None:
        super().__init__()
        self.columns = tuple(dict.fromkeys((*when.columns, *rule.columns)))
        self._when, self._rule = when, rule
        self.first, self.then = key_getter(when.columns), key_getter(rule.columns)

    def unknown(self, parts: Mapping[Column, Key]) -> int:
        """Return how many expressions have to be evaluated for a value."""
        first, then = self.first(parts), self.then(parts)
        return (first not in self._when) + (
            then not in self._rule and self._when.get(first, True) is True
        )

    def __missing__(self, key: Key) -> bool | None:
        parts = dict(zip(self.columns, (key,) if len(self.columns) == 1 else key, strict=True))
        holds = self._rule[self.then(parts)] if self._when[self.first(parts)] else None
        outcome = None if holds is None else bool(holds)
        self.keep(key, outcome)
        return outcome


class LawBook:
    """The laws of one schema, judged together."""

    def __init__(self, laws: Sequence[Law]) -> None:
        self.laws = tuple(laws)
        columns = {column for law in laws for column in law.outcomes.columns}
        self._columns, self._needed = tuple(columns), needed(columns)
        self._keyed = [(law, key_getter(law.outcomes.columns)) for law in laws]
        self._evaluates_together = sum(bool(law.when.columns) + 1 for law in laws) > 1

    @cached_property
    def _program(self) -> cel.Program:
        """All laws in one expression: for each whether it applies, and if so whether it holds."""
        # The line breaks end comments.
        pairs = (
            f"[{law.when.source}\n, ({law.when.source}\n) ? ({law.rule.source}\n) : false]"
            for law in self.laws
        )
        return cel.compile(f"[{', '.join(pairs)}]")

    def _judge_one(
        self, value: Any, request: Mapping[str, Any]
    ) -> Iterator[tuple[Law, int, list[int]]]:
        """Judge one value as `judge` does."""
        parts = {column: part_of(value, request, *column) for column in self._columns}
        keyed = [(law, key_of(parts)) for law, key_of in self._keyed]
        if self._evaluates_together and NO_OBJECT not in parts.values():
            self._evaluate_together(parts, keyed)
        for law, key in keyed:
            if (holds := law.outcomes[key]) is not None:
                yield (law, 1, []) if holds else (law, 0, [0])

    def _evaluate_together(
        self, parts: Mapping[Column, Key], keyed: Iterable[tuple[Law, Key]]
    ) -> None:
        """Evaluate what is unknown of one value: to begin takes longer than all that is evaluated.

        If one law cannot be evaluated, each is evaluated by itself from now on.
        """
        unknown = [law.outcomes for law, key in keyed if key not in law.outcomes]
        if not unknown or sum(each.unknown(parts) for each in unknown) < 2:  # noqa: PLR2004
            return  # one is not several
        try:
            results = self._program.execute(context((c, parts[c]) for c in self._needed))
        except _CANNOT_BE_SAID:
            self._evaluates_together = False
            return
        for law, (applies, holds) in zip(self.laws, results, strict=True):
            law.when.keep(law.outcomes.first(parts), applies)
            if applies:
                law.rule.keep(law.outcomes.then(parts), holds)

    def judge(
        self,
        values: Sequence[Any],
        request: Mapping[str, Any],
        broken: Mapping[int, Sequence[Pointer]] | None = None,
    ) -> Iterator[tuple[Law, int, list[int]]]:
        """Yield each law that applies: for how many values it holds, and which values break it.

        Values are named by their index. `broken` are the places below a value that break the
        schema; a law that reads one of them is not applied to that value.
        """
        if len(values) == 1 and not broken:
            yield from self._judge_one(values[0], request)
            return
        columns = Columns(values, request)
        for law in self.laws:
            outcomes = list(map(law.outcomes.__getitem__, columns.keys(law.outcomes.columns)))
            for index, places in broken.items() if broken else ():
                if law.touches(places):
                    outcomes[index] = None
            held, breaking = outcomes.count(True), list[int]()
            if False in outcomes:
                breaking = [i for i, holds in enumerate(outcomes) if holds is False]
            if held or breaking:
                yield law, held, breaking
