"""Laws between fields: the `x-validations` of a schema or a response, in CEL.

A law says what holds for one value, `self`, and for the parameters of the request as parsed,
`request`. It is compiled once. It is left aside where its fields are missing or of the wrong
type, since the schema says so already; hence one mistake is reported once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import cel

from .law_cache import CANNOT_BE_SAID, NAMED, LawCache, NotPlainError, members_of
from .source import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .source import Pointer

# What an expression reads of `self`, by name: the schema has to hold there before a law can.
_COUNTS = re.compile(r"\bsize\(\s*self((?:\.[A-Za-z_]\w*\b)+)\s*\)")
_READS = re.compile(r"\bself((?:\.[A-Za-z_]\w*\b(?!\s*\())+)")
_SELF = re.compile(r"\bself\b")
_REQUEST = re.compile(r"\brequest\b")
_KNOWN = {"self", "request"}
# A variable that an expression brings along: the x of `self.items.all(x, x > 0)`.
_OWN = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")


class LawError(ValueError):
    """A law that is no CEL expression; the message says which member and why.

    `place` is where the law stands, () as long as that is not known.
    """

    def __init__(self, message: str, place: Pointer = ()) -> None:
        self.place = place
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Breach:
    """A law that does not hold: which, at which place below `self`, and in which words."""

    law: Law
    place: Pointer
    message: str


@dataclass(frozen=True, slots=True)
class Law:
    """One entry of `x-validations`.

    `reads` are the places below `self` that it looks at, `counts` those of which it only counts
    the elements.
    """

    requirement: str | None
    rule: str
    message: str
    when: str
    field: Pointer
    reads: tuple[Pointer, ...]
    counts: tuple[Pointer, ...]
    _message: cel.Program | None

    @classmethod
    def compile(cls, entry: Mapping[str, Any]) -> Law:
        """Compile an entry; raise LawError where it is incomplete or not CEL."""
        rule, message, when = entry.get("rule"), entry.get("message"), entry.get("when", "true")
        if not (isinstance(rule, str) and isinstance(message, str) and isinstance(when, str)):
            raise LawError("a law has the members rule and message, and when if need be, all text")
        expression = entry.get("messageExpression")
        for member in ("rule", "when", "messageExpression"):
            if member in entry:
                program(str(entry[member]), member)
        field = str(entry.get("fieldPath", ""))
        try:
            place = split(field)
        except ValueError as error:
            raise LawError(f"fieldPath: {error}") from None
        text = f"{rule} {when}"
        counts = {tuple(read[1:].split(".")) for read in _COUNTS.findall(text)}
        reads = {tuple(read[1:].split(".")) for read in _READS.findall(_COUNTS.sub("0", text))}
        return cls(
            requirement=entry.get("requirement"),
            rule=rule,
            message=message,
            when=when,
            field=place,
            reads=tuple(sorted(reads)),
            counts=tuple(sorted(counts - reads)),
            _message=program(str(expression), "messageExpression") if expression else None,
        )

    def explain(self, values: Mapping[str, Any]) -> str:
        """Say how the law is broken by these values, or in general where that cannot be said."""
        if self._message is not None:
            try:
                return str(self._message.execute(dict(values)))
            except CANNOT_BE_SAID:
                pass  # the expression does not fit the value; the fixed text always does
        return self.message


def program(expression: str, member: str) -> cel.Program:
    """Compile one CEL expression; raise LawError, naming the member it stands in."""
    try:
        compiled = cel.compile(expression)
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise LawError(f"{member} is not a CEL expression: {reason}") from None
    unknown = sorted(set(compiled.variables()) - _KNOWN - set(_OWN.findall(expression)))
    if unknown:
        what = f"{member} names {', '.join(unknown)}; a law knows self and request"
        raise LawError(what)
    return compiled


class LawBook:
    """The laws of one schema, judged together."""

    def __init__(self, laws: Sequence[Law]) -> None:
        self.laws = tuple(laws)
        self._joint = _Joint(self.laws)
        by_members = [law for law in laws if members_of(law) is not None]
        self._recalled = LawCache(by_members)
        others = [law for law in laws if members_of(law) is None]
        self._others = _Joint(others) if others else None

    def judge(
        self, value: Any, request: Mapping[str, Any], broken: Iterable[Pointer]
    ) -> Iterator[tuple[Law, Breach | None]]:
        """Give each law that applies to a value, with how it is broken if it is.

        `broken` are the places below the value where the schema does not hold.
        """
        wrong = tuple(broken)
        values = {"self": value, "request": dict(request)}
        for law, answer in self._joint.answers(value, request):
            if answer is None or _reads_what_is_broken(law, wrong):
                continue
            yield law, None if answer else Breach(law, law.field, law.explain(values))

    def kept(self, values: Sequence[Any], request: Mapping[str, Any]) -> Counter[str] | None:
        """Count by requirement how often laws apply to values; None where one does not hold.

        The schema holds for the values. Quicker than `judge` by far where they are many.
        """
        judged: dict[str | None, int] = {}
        for law, answer, number in self._answers(values, request):
            if not answer:
                return None
            judged[law.requirement] = judged.get(law.requirement, 0) + number
        return Counter({id_: number for id_, number in judged.items() if id_ is not None})

    def _answers(
        self, values: Sequence[Any], request: Mapping[str, Any]
    ) -> Iterator[tuple[Law, Any, int]]:
        others: _Joint | None = self._others
        try:
            yield from list(self._recalled.answers(values))
        except NotPlainError:
            others = self._joint
        if others is not None:
            for value in values:
                for law, answer in others.answers(value, request):
                    if answer is not None:
                        yield law, answer, 1


class _Joint:
    """Laws that are compiled together: a value is handed to CEL once for all of them."""

    def __init__(self, laws: Sequence[Law]) -> None:
        self._laws = tuple(laws)
        # true: holds, false: does not hold, null: does not apply to this value
        # (the line breaks end a comment that an expression may end with)
        answers = [f"(({law.when}\n) ? ({law.rule}\n) : null)" for law in laws]
        self._all = cel.compile(f"[{', '.join(answers)}]")
        self._lens = _Lens.of(self._laws)
        lenses = [_Lens.of([law]) for law in laws]
        self._each = list(zip(map(cel.compile, answers), lenses, strict=True))

    def answers(self, value: Any, request: Mapping[str, Any]) -> Iterator[tuple[Law, Any]]:
        """Give each law with what it says of a value, None where it says nothing."""
        try:
            answers = self._all.execute(self._lens.of_both(value, request))
        except CANNOT_BE_SAID:
            answers = [_answer(law, lens.of_both(value, request)) for law, lens in self._each]
        return zip(self._laws, cast("list[Any]", answers), strict=True)


@dataclass(frozen=True, slots=True)
class _Lens:
    """What laws see of a value: handing it over costs more than judging it.

    `whole` are the members that are read; of those that are only `counted` the elements do not
    matter. None of both means that the laws may look at everything. `asks` tells whether they look
    at the request.
    """

    whole: frozenset[str] | None
    counted: frozenset[str] = frozenset()
    asks: bool = True

    @classmethod
    def of(cls, laws: Sequence[Law]) -> _Lens:
        text = "\n".join(f"{law.rule}\n{law.when}" for law in laws)
        asks = _REQUEST.search(text) is not None
        if _SELF.search(NAMED.sub("", text)):
            return cls(None, asks=asks)
        whole = frozenset(NAMED.findall(_COUNTS.sub("", text)))
        counted = frozenset(read[0] for law in laws for read in law.counts if len(read) == 1)
        named = frozenset(NAMED.findall(text))
        return cls(named - (counted - whole), counted - whole, asks)

    def of_both(self, value: Any, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"self": self._narrow(value), "request": dict(request) if self.asks else {}}

    def _narrow(self, value: Any) -> Any:
        if self.whole is None or not isinstance(value, dict):
            return value
        seen = {name: value[name] for name in self.whole if name in value}
        for name in self.counted:
            found = value.get(name)
            if name in value:
                seen[name] = [None] * len(found) if isinstance(found, list) else found
        return seen


def _answer(law: cel.Program, values: dict[str, Any]) -> Any:
    # A law that cannot be evaluated on a value says nothing about it: a member it reads is missing
    # or has another type, which the schema reports, or a number is beyond 64 bits.
    try:
        return law.execute(values)
    except CANNOT_BE_SAID:
        return None


def _reads_what_is_broken(law: Law, broken: tuple[Pointer, ...]) -> bool:
    # Elements that are wrong in themselves can be counted all the same.
    return any(_touches(read, broken) for read in law.reads) or any(
        count[: len(place)] == place for count in law.counts for place in broken
    )


def _touches(read: Pointer, broken: tuple[Pointer, ...]) -> bool:
    """Whether what a law reads lies in, or holds, a place where the schema is broken."""
    return any(read[: len(place)] == place[: len(read)] for place in broken)
