"""Laws between fields: the `x-validations` of a schema, in CEL.

A law says what holds for one value, `self`, and for the parameters of the request as parsed,
`request`. It declares what it reads, and sees nothing else; that the declaration is true is proved
when the law is compiled. A law is not applied if what it reads breaks the schema, so that one
mistake is reported once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..documents.pointers import split
from .columns import NO_OBJECT, Column, Columns, Key, context, key_getter, needed, part_of
from .engine import cel
from .expressions import CANNOT_BE_EVALUATED, Expression, LawError, Read, Results, nesting, proved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..documents.pointers import Pointer

TIME = "time"
"""The name in `request` of the time of the request, in RFC 3339 format and UTC.

A law that reads it does not apply where the time is not known. A parameter of this name hides it.
"""


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
    when: Expression
    rule: Expression
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
        declared = [Read.parse(str(text)) for text in entry.get("reads", ())]
        # The line break ends a comment that an expression may end with.
        applies = Expression(f"({when}\n) ? true : false", declared, "when")
        holds = Expression(rule, declared, "rule")
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
            _message=proved(str(shown), declared, "messageExpression")[0] if shown else None,
        )

    @property
    def loops(self) -> int:
        """The number of loops that stand in each other, in `when` or `rule`."""
        return max(nesting(self.when.source), nesting(self.rule.source))

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
            except CANNOT_BE_EVALUATED:
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


class _Outcomes(Results):
    """Whether a law holds, by what it reads; None if it does not apply."""

    def __init__(self, when: Expression, rule: Expression) -> None:
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
        except CANNOT_BE_EVALUATED:
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
