"""Makers: a schema, compiled to a function that draws values of it.

A `Maker` is a pure function of a stream of numbers. Each member has a stream of its own, so adding
a member to a schema does not change the values of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from ....spec.describing import actual
from ....spec.documents.pointers import join
from ....spec.schemas.keywords import is_old
from ....spec.schemas.writer import Direction
from ....spec.visible import cut
from ..codes import CodeForm
from ..providers import Derived, ProviderError, RecordProvider
from .composites import finds, names_of
from .made import Later, Maker, ObjectMaker, Root
from .plain_values import longest_scalar, scalar
from .records import code, nullable, record
from .structures import MOST_MAKERS, WITHIN, Structures, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ....spec.documents.pointers import Pointer
    from ..keystream import Draw
    from ..providers import Providers, RecordCase
    from .shapes import Places, Shape

_DEPTHS, _TOO_DEEP = (6, 4, 2, 1), 16
_LONGEST = 300
"""The most characters of the values that a message lists."""
_LARGEST = 1_000_000
"""How many bytes of JSON a value may take, about."""


@dataclass(frozen=True, slots=True)
class _Where:
    """The place in a value that a maker is compiled for, the record around it, and the depth.

    `later` collects the places that are computed at the end, each with those it follows from.
    """

    at: Pointer
    record: Pointer
    depth: int
    later: dict[Pointer, dict[Pointer, Pointer]]

    @classmethod
    def top(cls, depth: int = 0) -> _Where:
        return cls((), (), depth, {})

    def member(self, name: str) -> _Where:
        return _Where((*self.at, name), self.record, self.depth + 1, self.later)

    def as_record(self) -> _Where:
        return _Where(self.at, self.at, self.depth, self.later)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a scenario changes, by place in the value.

    `faker` replaces directives of the contract, `only` keeps the cases of records that set these
    values.
    """

    faker: Mapping[Pointer, Any] = field(default_factory=dict)
    only: Mapping[Pointer, Any] = field(default_factory=dict)


class Compiler(Structures):
    """Compiles the schemas of one contract to makers of the values that are sent in a direction."""

    def __init__(
        self,
        document: Mapping[str, Any],
        providers: Providers,
        direction: Direction = Direction.RESPONSE,
    ) -> None:
        hidden = next(each.value for each in Direction if each is not direction)
        super().__init__(document, providers.today, hidden)
        self._providers = providers
        # From OpenAPI 3.1 on, a member that is required is so in both directions.
        self._shows_required = not is_old(document)
        self._overrides = Overrides()
        self._left = 0

    def root(self, place: Pointer, overrides: Overrides | None = None) -> Root:
        """Compile the schema at a place.

        Raises ProviderError if its `x-faker` is wrong, or if its values would be too large.
        """
        failure: ProviderError | None = None
        for deep in _DEPTHS:
            self.deep, self._left = deep, MOST_MAKERS
            try:
                return self._overridden((place,), overrides or Overrides())
            except TooLargeError as error:
                failure = error
        raise failure or AssertionError

    def inside(self, places: Places, depth: int) -> Root:
        """Compile schemas of a value that stands within others, where nothing is overridden."""
        return self._overridden(places, Overrides(), depth)

    def whole(self, shape: Shape, depth: int) -> Root:
        """Compile a shape."""
        return self._root(shape, _Where.top(depth))

    def _overridden(self, places: Places, overrides: Overrides, depth: int = 0) -> Root:
        before, self._overrides = self._overrides, overrides
        try:
            return self.whole(self.shape(*places), depth)
        finally:
            self._overrides = before

    def _root(self, shape: Shape, where: _Where) -> Root:
        maker = self._compile(shape, where)
        for sources in where.later.values():
            for source, directive in sources.items():
                if not self._has(shape, source):
                    raise ProviderError(f"the record has no member {join(source)}", directive)
        try:
            order = TopologicalSorter(where.later).static_order()
            return Root(maker, tuple(place for place in order if place in where.later))
        except CycleError as error:
            circle = error.args[1]
            what = f"{' and '.join(sorted(map(join, circle[1:])))} follow from each other"
            raise ProviderError(what, where.later[circle[1]][circle[0]]) from None

    def _has(self, shape: Shape, place: Pointer) -> bool:
        """Whether a schema describes a place in its values."""
        for name in place:
            if name not in shape.members:
                return False
            shape = self.shape(*shape.members[name])
        return True

    def _later(
        self, derived: Derived, where: _Where, at: Pointer, place: Pointer
    ) -> Callable[[Draw], Later]:
        """Return what stands for a value until its sources are made; `place` has its directive."""
        sources = tuple((*where.record, *source) for source in derived.sources)
        where.later.setdefault(at, {}).update(dict.fromkeys(sources, (*place, "x-faker")))
        return lambda draw: Later(draw, derived, sources)

    def _compile(self, shape: Shape, where: _Where) -> Maker:
        place = shape.places[-1]
        if where.depth > self.deep and shape.is_nullable and shape.kind in WITHIN:
            return Maker(place, lambda _draw: None)
        if where.depth > _TOO_DEEP:
            what = f"is nested more than {_TOO_DEEP} levels deep, or contains itself without end"
            raise ProviderError(f"the schema {what}", place)
        self._left -= 1
        if self._left < 0:
            what = f"stands for more than {MOST_MAKERS} schemas once each $ref is written out"
            raise TooLargeError(f"the value that has this schema {what}", place)
        directive = self._overrides.faker.get(where.at, shape.keywords.get("x-faker"))
        cases: tuple[RecordCase, ...] = ()
        if directive is not None:
            read = self._read(directive, place)
            if isinstance(read, Derived):
                return Maker(place, self._later(read, where, where.at, place))
            if isinstance(read, CodeForm):
                return Maker(place, code(read), read)
            if not isinstance(read, RecordProvider):
                return Maker(place, read)
            cases, where = self._kept_cases(read.cases, place, where.at), where.as_record()
        maker = self._by_type(shape, where, cases)
        if shape.is_nullable and where.depth and directive is None:
            maker = Maker(place, nullable(maker.make), size=maker.size)
        if maker.size > _LARGEST:
            what = f"the values of this schema may take more than {_LARGEST} bytes"
            raise TooLargeError(f"{what}, the most that the stub serves", place)
        return maker

    def _read(self, directive: Any, place: Pointer) -> Any:
        try:
            return self._providers.read(directive)
        except ProviderError as error:
            raise ProviderError(str(error), error.place or (*place, "x-faker")) from None

    def _kept_cases(
        self, cases: tuple[RecordCase, ...], place: Pointer, at: Pointer
    ) -> tuple[RecordCase, ...]:
        only = {w[len(at) :]: v for w, v in self._overrides.only.items() if w[: len(at)] == at}
        kept = tuple(case for case in cases if all(case.fixed.get(p) == v for p, v in only.items()))
        if not kept:
            pairs = (pair for case in cases for pair in case.fixed.items())
            known = cut(", ".join(dict.fromkeys(map(_pair, pairs))), _LONGEST)
            wanted = " and ".join(map(_pair, only.items()))
            what = f"no case of the record has {wanted}; there are {known}"
            raise ProviderError(what, (*place, "x-faker"))
        return kept

    def _by_type(self, shape: Shape, where: _Where, cases: tuple[RecordCase, ...]) -> Maker:
        place = shape.places[-1]
        if shape.choices and "enum" not in shape.keywords:
            return self.choice(shape, where.depth)
        if shape.kind == "object":
            return self._object(shape, where, cases)
        if shape.kind == "array":
            return self.array(shape, where.depth)
        size = longest_scalar(shape.keywords)
        if size > _LARGEST:
            return Maker(place, lambda _draw: None, size=size)
        return Maker(place, scalar(shape.kind, shape.keywords, self._providers.today), size=size)

    def _object(self, shape: Shape, where: _Where, cases: tuple[RecordCase, ...]) -> Maker:
        place = shape.places[-1]
        example = shape.keywords.get("example")
        members = dict(self._members(shape, where))
        if not members:
            if shape.rest or shape.patterns:
                return self.mapping(shape, where.depth)
            if isinstance(example, dict):
                return Maker(place, lambda _draw: example)
        drawn = [
            {at: self._drawn(directive, place, where, at) for at, directive in case.drawn.items()}
            for case in cases
        ]
        at = where.at
        overridden = {p[len(at) :] for p in self._overrides.faker if p[: len(at)] == at}
        make = record(members, shape.required, cases, drawn, overridden)
        size = sum(len(name) + len('"": ,') + member.size for name, member in members.items())
        return ObjectMaker(place, make, None, size, members, shape.is_plain, shape.places, cases)

    def _members(self, shape: Shape, where: _Where) -> Iterator[tuple[str, Maker]]:
        """Yield the makers of the members of an object that are sent."""
        for name, places in shape.members.items():
            if where.depth >= self.deep and name not in shape.required:
                continue
            inner = self.shape(*places)
            is_needed = self._shows_required and name in shape.required
            if is_needed or inner.keywords.get(self.hidden) is not True:
                yield name, self._compile(inner, where.member(name))
        for name in sorted(shape.required - shape.members.keys()):
            yield name, self._unnamed(shape, name, where)
        least = int(shape.keywords.get("minProperties", 0)) - len(shape.required)
        least -= 0 if where.depth >= self.deep else len(shape.members.keys() - shape.required)
        self.limit(least, shape)
        if least > 0 and (shape.members or not (shape.rest or shape.patterns)):
            for name in names_of(shape, least):
                yield name, self._unnamed(shape, name, where)

    def _unnamed(self, shape: Shape, name: str, where: _Where) -> Maker:
        """Return the maker of a member that has no schema of its own."""
        found = [places for pattern, places in shape.patterns.items() if finds(pattern, name)]
        places = [place for each in found for place in each] or shape.rest
        if not places:
            return Maker(shape.places[-1], scalar("string", {}, self._providers.today))
        return self._compile(self.shape(*places), where.member(name))

    def _drawn(
        self, directive: Any, place: Pointer, where: _Where, at: Pointer
    ) -> Callable[[Draw], Any]:
        read = self._read(directive, place)
        if isinstance(read, Derived):
            return self._later(read, where, (*where.at, *at), place)
        if not callable(read):
            raise ProviderError("a case can draw simple values only", (*place, "x-faker"))
        return read  # type: ignore[no-any-return]


def _pair(pair: tuple[Pointer, Any]) -> str:
    """Return a place and its value, as a scenario has them."""
    return f"{join(pair[0])} {actual(pair[1])}"
