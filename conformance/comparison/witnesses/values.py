"""Values that one of two schemas admits and the other does not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from ....mock.data.attempts import TOO_ODD, valid
from ....mock.data.keystream import Draw, digest
from ....mock.data.providers import ProviderError
from ....spec.documents.pointers import elements, lookup
from .candidates import different, drawn, literals, near, of_every_type
from .nodes import members_of, nodes_at
from .site import covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ....mock.data.makers.compiler import Compiler
    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.laws.laws import Law
    from ....spec.schemas.schemas import Node
    from ....spec.schemas.validation import Schema
    from ....spec.schemas.violations import Violation
    from .site import Site

MOST_TRIED = 4_000
"""Values that are tried for one place."""
MOST_STEPS = 2_000_000
"""Steps of loops in laws that judge these values."""
_BASES, _DRAWN, _MOST_PLACES = 3, 40, 60
_OF_A_PLACE, _OF_A_READ, _OF_A_LAW, _MOST_ELEMENTS = 120, 24, 900, 200
_GONE = object()
"""Stands for a member that is left out."""


@dataclass(frozen=True, slots=True)
class Side:
    """A schema of one contract: compiled, with what draws its values; None admits everything."""

    contract: Contract
    schema: Schema | None
    compiler: Compiler

    def nodes(self, place: Pointer) -> list[Node]:
        """Return what describes a place in its values."""
        return [] if self.schema is None else nodes_at(self.contract, self.schema.place, place)

    @property
    def loops(self) -> int:
        """The most loops that stand in each other in one of its laws."""
        laws = self.schema.laws if self.schema is not None else ()
        return max((law.loops for law in laws), default=0)

    def accepts(self, value: Any, request: Mapping[str, Any]) -> bool:
        """Whether a value is valid, its laws included."""
        if self.schema is None:
            return True
        try:
            return self.schema.accepts(value, request)
        except (RecursionError, ValueError):
            return False

    def values(self, count: int) -> Iterator[Any]:
        """Yield valid values, drawn one by one."""
        if self.schema is None:
            return
        try:
            root = self.compiler.root(self.schema.place)
            for number in range(count):
                seed = digest(b"", "witness", number)
                yield valid(root, self.schema, lambda n, seed=seed: Draw(digest(seed, n)))  # type: ignore[misc]
        except (ProviderError, *TOO_ODD):
            return


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that one schema admits, and what the other one finds in it."""

    value: Any
    violations: tuple[Violation, ...]


def differences(
    admitting: Side,
    refusing: Side,
    site: Site,
    bases: Iterable[Any] = (),
    request: Mapping[str, Any] | None = None,
) -> Iterator[Difference]:
    """Yield values that one schema admits and the other refuses for what is at a site.

    Without a schema that refuses there are none. `bases` are valid values to begin with, and
    `request` the parameters of the request that laws know.
    """
    if refusing.schema is None:
        return
    known = request or {}
    tried = islice(_tried(admitting, refusing, site.at, list(bases)), MOST_TRIED)
    for value in _affordable(tried, max(admitting.loops, refusing.loops)):
        if refusing.accepts(value, known) or not admitting.accepts(value, known):
            continue
        found = tuple(refusing.schema.judge(value, known).violations)
        if any(site.admits(each.place, law=each.law) for each in found):
            yield Difference(value, found)


def _affordable(values: Iterable[Any], loops: int) -> Iterator[Any]:
    """Yield values that laws with so many loops in each other judge in MOST_STEPS together."""
    left = MOST_STEPS
    for value in values:
        sizes = (len(each) for _, each in elements(value) if isinstance(each, list | dict))
        steps = max(sizes, default=0) ** loops if loops else 0
        if steps <= left:
            left -= steps
            yield value


def _tried(admitting: Side, refusing: Side, at: Pointer, bases: list[Any]) -> Iterator[Any]:
    bases += admitting.values(_BASES)
    # Of a schema whose own values cannot be drawn, one that differs in this place only.
    bases += refusing.values(_BASES) if not bases or admitting.schema is None else ()
    # One that both admit differs in nothing else afterwards.
    bases.sort(key=lambda each: not refusing.accepts(each, {}))
    yield from bases
    for base in bases[:_BASES]:
        for place in islice(_places(base, at, admitting, refusing), _MOST_PLACES):
            for value in _at_place(admitting, refusing, base, place):
                yield changed(base, place, value)
            for changes in _for_laws(admitting, refusing, base, place):
                value = base
                for where, each in changes:
                    value = changed(value, where, each)
                yield value
    yield from admitting.values(_DRAWN)
    yield from of_every_type()


def _places(base: Any, at: Pointer, *sides: Side) -> Iterator[Pointer]:
    """Yield the places of a value that are at a place or in it, and of members that it lacks."""
    every = [place for place, _ in elements(base)]
    inside = [each for each in every if len(each) >= len(at) and covers(at, each)]
    if not inside and at:
        parents = [each for each in every if len(each) == len(at) - 1 and covers(at, each)]
        inside = [(*each, at[-1]) for each in parents]
    yield from inside
    for place in inside:
        value = lookup(base, place)
        if isinstance(value, dict):
            names = [n for side in sides for node in side.nodes(place) for n in members_of(node)]
            yield from ((*place, name) for name in dict.fromkeys(names) if name not in value)


def _at_place(admitting: Side, refusing: Side, base: Any, place: Pointer) -> Iterator[Any]:
    """Yield values for one place, and _GONE if it can be left out."""
    value = lookup(base, place)
    schemas = [node.schema for side in (admitting, refusing) for node in side.nodes(place)]
    sources = chain(
        near(schemas, value),
        drawn(admitting.compiler, admitting.nodes(place)),
        of_every_type(),
        [{**value, "anotherMember": "text"}, {**value, "another-member": 1}, {**value, "0": 1}]
        if isinstance(value, dict)
        else (),
    )
    if place and isinstance(lookup(base, place[:-1]), dict):
        yield _GONE
    yield from different(sources, _OF_A_PLACE)


def _for_laws(
    admitting: Side, refusing: Side, base: Any, place: Pointer
) -> Iterator[list[tuple[Pointer, Any]]]:
    """Yield changes to all that a law at a place reads."""
    hints: dict[tuple[Pointer, ...], list[Any]] = {}
    for side in (refusing, admitting):
        for node in side.nodes(place):
            for law in node.laws.laws if node.laws is not None else ():
                hints.setdefault(_reads(law), []).extend(literals(law))
    for places, values in hints.items():
        choices: list[list[tuple[Pointer, Any]]] = []
        for read in places:
            where = (*place, *read)
            others = chain(values, islice(_at_place(admitting, refusing, base, where), _OF_A_READ))
            alike = [_alike(each, lookup(base, where)) for each in values]
            found = different(chain([lookup(base, where)], alike, others), _OF_A_READ)
            choices.append([(where, each) for each in found])
        yield from _together(choices)


def _alike(hint: Any, value: Any) -> Any:
    """Return an array of as many elements as a number says, in place of an array."""
    is_count = isinstance(hint, int) and 0 <= hint <= _MOST_ELEMENTS
    if isinstance(value, list) and value and is_count:
        return (value * hint)[:hint]
    return hint


def _together(choices: list[list[Any]]) -> Iterator[list[Any]]:
    """Yield combinations of choices: all, or of too many some."""
    if prod(map(len, choices)) <= _OF_A_LAW:
        yield from map(list, product(*choices))
        return
    draw = Draw(digest(b"", "witness", "law"))
    yield from ([draw.pick(each) for each in choices] for _ in range(_OF_A_LAW))


def _reads(law: Law) -> tuple[Pointer, ...]:
    return tuple(dict.fromkeys((*law.reads, *law.counts)))


def changed(value: Any, place: Pointer, to: Any) -> Any:
    """Return a value with another one at a place; what is around is copied, the rest is shared."""
    if not place:
        return to
    step, rest = place[0], place[1:]
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        copy = list(value)
        copy[int(step)] = changed(copy[int(step)], rest, to)
        return copy
    if not isinstance(value, dict):
        return value
    if not rest and to is _GONE:
        return {name: each for name, each in value.items() if name != step}
    return {**value, step: changed(value.get(step, {}), rest, to)}
