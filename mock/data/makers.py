"""Makers: a schema, compiled to a function that draws values of it.

A `Maker` is a pure function of a stream of numbers. Each member has a stream of its own, so adding
a member to a schema does not change the values of the others.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from ...spec.documents.source import get, join
from ...spec.schemas.keywords import is_old
from ...spec.schemas.validation import Direction
from .codes import CodeForm
from .composites import KEYS, Apart, Branch, Elements, choice, finds, mapping, names_of
from .made import Later, Maker, ObjectMaker, Root, element_at
from .plain_values import longest_scalar, scalar
from .providers import Derived, ProviderError, RecordProvider
from .shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...spec.documents.source import Pointer
    from .keystream import Draw
    from .providers import Providers, RecordCase
    from .shapes import Places

_DEPTHS, _TOO_DEEP = (6, 4, 2, 1), 16
_MOST_MAKERS = 3_000
"""How many schemas a value may be made of, once each $ref is written out."""
_LARGEST = 1_000_000
"""How many bytes of JSON a value may take, about."""
_NULLS = 8
"""One of so many values is null if the schema allows null and has no `x-faker`."""
_MORE_ITEMS = 3
_WITHIN = {"object", "array"}


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


class _TooLargeError(ProviderError):
    """A value that would be too large, unless some of its optional members are left out."""


class Compiler:
    """Compiles the schemas of one contract to makers of the values that are sent in a direction."""

    def __init__(
        self,
        document: Mapping[str, Any],
        providers: Providers,
        direction: Direction = Direction.RESPONSE,
    ) -> None:
        self._document = document
        self._providers = providers
        self._hidden = next(each.value for each in Direction if each is not direction)
        # From OpenAPI 3.1 on, a member that is required is so in both directions.
        self._shows_required = not is_old(document)
        self._shapes: dict[Places, Shape] = {}
        self._overrides = Overrides()
        self._deep = self._left = 0

    def root(self, place: Pointer, overrides: Overrides | None = None) -> Root:
        """Compile the schema at a place.

        Raises ProviderError if its `x-faker` is wrong, or if its values would be too large.
        """
        failure: ProviderError | None = None
        for deep in _DEPTHS:
            # From this depth on, optional members are left out.
            self._deep, self._left = deep, _MOST_MAKERS
            try:
                return self._inside((place,), 0, overrides)
            except _TooLargeError as error:
                failure = error
        raise failure or AssertionError

    def _inside(self, places: Places, depth: int, overrides: Overrides | None = None) -> Root:
        """Compile schemas of a value that stands within others, where nothing is overridden."""
        before, self._overrides = self._overrides, overrides or Overrides()
        try:
            return self._root(self._shape(*places), _Where.top(depth))
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

    def _shape(self, *places: Pointer) -> Shape:
        shape = self._shapes.get(places)
        if shape is None:
            shape = self._shapes[places] = Shape.of(self._document, *places)
        return shape

    def _has(self, shape: Shape, place: Pointer) -> bool:
        """Whether a schema describes a place in its values."""
        for name in place:
            if name not in shape.members:
                return False
            shape = self._shape(*shape.members[name])
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
        if where.depth > self._deep and shape.is_nullable and shape.kind in _WITHIN:
            return Maker(place, lambda _draw: None)
        if where.depth > _TOO_DEEP:
            what = f"is nested more than {_TOO_DEEP} levels deep, or contains itself without end"
            raise ProviderError(f"the schema {what}", place)
        self._left -= 1
        if self._left < 0:
            what = f"stands for more than {_MOST_MAKERS} schemas once each $ref is written out"
            raise _TooLargeError(f"the value that has this schema {what}", place)
        directive = self._overrides.faker.get(where.at, shape.keywords.get("x-faker"))
        cases: tuple[RecordCase, ...] = ()
        if directive is not None:
            read = self._read(directive, place)
            if isinstance(read, Derived):
                return Maker(place, self._later(read, where, where.at, place))
            if isinstance(read, CodeForm):
                return Maker(place, _code(read), read)
            if not isinstance(read, RecordProvider):
                return Maker(place, read)
            cases, where = self._kept_cases(read.cases, place, where.at), where.as_record()
        maker = self._by_type(shape, where, cases)
        if shape.is_nullable and where.depth and directive is None:
            maker = Maker(place, _nullable(maker.make), size=maker.size)
        if maker.size > _LARGEST:
            what = f"the values of this schema may take more than {_LARGEST} bytes"
            raise _TooLargeError(f"{what}, the most that the stub serves", place)
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
            wanted = " and ".join(f"{join(p)} {v!r}" for p, v in only.items())
            raise ProviderError(f"no case of the record has {wanted}", (*place, "x-faker"))
        return kept

    def _by_type(self, shape: Shape, where: _Where, cases: tuple[RecordCase, ...]) -> Maker:
        place = shape.places[-1]
        if shape.choices and "enum" not in shape.keywords:
            return self._choice(shape, where.depth)
        if shape.kind == "object":
            return self._object(shape, where, cases)
        if shape.kind == "array":
            return self._array(shape, where.depth)
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
                return self._mapping(shape, where.depth)
            if isinstance(example, dict):
                return Maker(place, lambda _draw: example)
        drawn = [
            {at: self._drawn(directive, place, where, at) for at, directive in case.drawn.items()}
            for case in cases
        ]
        at = where.at
        overridden = {p[len(at) :] for p in self._overrides.faker if p[: len(at)] == at}
        make = _object(members, shape.required, cases, drawn, overridden)
        size = sum(len(name) + len('"": ,') + member.size for name, member in members.items())
        return ObjectMaker(place, make, None, size, members, shape.is_plain, shape.places, cases)

    def _members(self, shape: Shape, where: _Where) -> Iterator[tuple[str, Maker]]:
        """Yield the makers of the members of an object that are sent."""
        for name, places in shape.members.items():
            if where.depth >= self._deep and name not in shape.required:
                continue
            inner = self._shape(*places)
            is_needed = self._shows_required and name in shape.required
            if is_needed or inner.keywords.get(self._hidden) is not True:
                yield name, self._compile(inner, where.member(name))
        for name in sorted(shape.required - shape.members.keys()):
            yield name, self._unnamed(shape, name, where)
        least = int(shape.keywords.get("minProperties", 0)) - len(shape.required)
        least -= 0 if where.depth >= self._deep else len(shape.members.keys() - shape.required)
        self._limit(least, shape)
        if least > 0 and (shape.members or not (shape.rest or shape.patterns)):
            for name in names_of(shape, least):
                yield name, self._unnamed(shape, name, where)

    def _limit(self, count: int, shape: Shape) -> None:
        if count > _MOST_MAKERS:
            what = f"a value of this schema has more than {_MOST_MAKERS} members"
            raise _TooLargeError(what, shape.places[-1])

    def _unnamed(self, shape: Shape, name: str, where: _Where) -> Maker:
        """Return the maker of a member that has no schema of its own."""
        found = [places for pattern, places in shape.patterns.items() if finds(pattern, name)]
        places = [place for each in found for place in each] or shape.rest
        if not places:
            return Maker(shape.places[-1], scalar("string", {}, self._providers.today))
        return self._compile(self._shape(*places), where.member(name))

    def _drawn(
        self, directive: Any, place: Pointer, where: _Where, at: Pointer
    ) -> Callable[[Draw], Any]:
        read = self._read(directive, place)
        if isinstance(read, Derived):
            return self._later(read, where, (*where.at, *at), place)
        if not callable(read):
            raise ProviderError("a case can draw simple values only", (*place, "x-faker"))
        return read  # type: ignore[no-any-return]

    def _mapping(self, shape: Shape, depth: int) -> Maker:
        """Return the maker of an object whose members have names that the schema leaves open."""
        place, least = shape.places[-1], int(shape.keywords.get("minProperties", 0))
        if depth > self._deep and least == 0:
            return Maker(place, lambda _draw: {})
        self._limit(least, shape)
        most = max(least, min(len(KEYS), int(shape.keywords.get("maxProperties", len(KEYS)))))
        roots: dict[str, Root] = {}
        known: dict[Places, Root] = {}
        for name in names_of(shape, most):
            places = shape.rest
            for pattern in [each for each in shape.patterns if finds(each, name)]:
                places = shape.patterns[pattern]
            if places not in known:
                known[places] = self._inside(places, depth + 1)
            roots[name] = known[places]
        size = sum(root.maker.size for root in roots.values())
        return Maker(place, mapping(roots, max(least, 1)), size=size)

    def _array(self, shape: Shape, depth: int) -> Maker:
        keywords, place, first = shape.keywords, shape.places[-1], len(shape.first)
        least = int(keywords.get("minItems", 0))
        if isinstance(keywords.get("contains"), dict):
            least = max(least, first + int(keywords.get("minContains", 1)))
        known = shape.items or shape.first or least
        if least == 0 and self._shape(*shape.items).keywords.get(self._hidden) is True:
            return Maker(place, lambda _draw: [])
        if not known or (depth >= self._deep and least == 0):
            return Maker(place, lambda _draw: [])
        most = int(keywords.get("maxItems", max(least, first, 1) + _MORE_ITEMS - 1))
        most = min(most, max(least, first) + _MORE_ITEMS)
        if keywords.get("items") is False or not (shape.items or least > first):
            most = min(most, max(first, least))
        contained = None
        if isinstance(keywords.get("contains"), dict):
            contained = self._inside((*shape.items, (*place, "contains")), depth + 1)
        made = Elements(
            first=[self._inside(places, depth + 1) for places in shape.first],
            other=self._inside(shape.items, depth + 1) if shape.items else self._text(place),
            contained=contained,
            least=max(least, min(first, most)),
            most=most,
            unique=keywords.get("uniqueItems") is True,
        )
        roots = [
            *made.first,
            *([made.other] if made.other else []),
            *([contained] if contained else []),
        ]
        size = most * max(root.maker.size for root in roots)
        example = keywords.get("example")
        if isinstance(example, list):
            return Maker(
                place, lambda draw: made.make(draw) if draw.turn(2) else example, size=size
            )
        return Maker(place, made.make, size=size)

    def _text(self, place: Pointer) -> Root:
        """Return the maker of what no schema describes."""
        return Root(Maker(place, scalar("string", {}, self._providers.today)), ())

    def _choice(self, shape: Shape, depth: int) -> Maker:
        chosen, place = shape.choices[0], shape.places[-1]
        base = shape.without(chosen)
        shapes = [self._shape(*places) for places in chosen.branches]
        order = list(range(len(shapes)))
        if depth >= self._deep:  # the first one that ends is enough
            order.sort(
                key=lambda number: (shapes[number].kind in _WITHIN, len(shapes[number].required))
            )
        branches: list[Branch] = []
        failure: ProviderError | None = None
        for number in order:
            merged = base.also(shapes[number])
            try:
                root = self._root(merged, _Where.top(depth + 1))
            except _TooLargeError:
                raise
            except ProviderError as error:
                failure = error
                continue
            others = [each for each in shapes if each is not shapes[number]]
            more = Apart.of(merged, others, self._kind) if chosen.exactly else None
            branches.append(Branch(root, self._tag(shape, chosen.branches[number], merged), more))
            if depth >= self._deep:
                break
        if not branches:
            raise failure or ProviderError("the schema has no branches", place)
        size = max(branch.root.maker.size for branch in branches)
        return Maker(place, choice(branches), size=size)

    def _kind(self, shape: Shape, name: str) -> str:
        """Return the type of a member, '' if it may be of several."""
        member = self._shape(*shape.members[name])
        return "" if member.choices else member.kind

    def _tag(self, shape: Shape, branch: Places, merged: Shape) -> tuple[str, str] | None:
        """Return the discriminator's member and its value in a branch, if there is one."""
        discriminator = shape.keywords.get("discriminator")
        if not isinstance(discriminator, dict) or "propertyName" not in discriminator:
            return None
        name = str(discriminator["propertyName"])
        reference = str(get(self._document, branch[0]).get("$ref", ""))
        last = reference.rpartition("/")[2]
        tags = {to: tag for tag, to in (discriminator.get("mapping") or {}).items()}
        tag = str(tags.get(reference, tags.get(last, last)))
        member = self._shape(*merged.members.get(name, ()))
        return (name, tag) if tag in member.keywords.get("enum", (tag,)) and tag else None


def _code(form: CodeForm) -> Callable[[Draw], str]:
    letters, length = form.alphabet, form.length

    def make(draw: Draw) -> str:
        left, code = draw.below(len(letters) ** length), form.prefix
        for _ in range(length):
            left, letter = divmod(left, len(letters))
            code += letters[letter]
        return code

    return make


def _nullable(make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    def nothing(draw: Draw) -> bool:
        return draw.under("null").below(_NULLS) == 0 and draw.turn(2) == 0

    return lambda draw: None if nothing(draw) else make(draw)


def _object(
    members: Mapping[str, Maker],
    required: set[str],
    cases: tuple[RecordCase, ...],
    drawn: list[dict[Pointer, Callable[[Draw], Any]]],
    overridden: set[Pointer],
) -> Callable[[Draw], Any]:
    total = sum(case.weight for case in cases)

    def make(draw: Draw) -> dict[str, Any]:
        value = {}
        for name, member in members.items():
            inside = draw.under(name)
            made = member.make(inside)
            # In its last turn, a member that need not be there is left out.
            if name in required or inside.turn(2) == 0:
                value[name] = made
        if total:
            left = draw.below(total)
            for case, draws in zip(cases, drawn, strict=True):
                left -= case.weight
                if left < 0:
                    _settle(value, case, draws, draw, overridden)
                    break
        return value

    return make


def _settle(
    value: dict[str, Any],
    case: RecordCase,
    draws: Mapping[Pointer, Callable[[Draw], Any]],
    draw: Draw,
    overridden: set[Pointer],
) -> None:
    for place, make in draws.items():
        if place not in overridden:
            _put(value, place, make(draw.under(join(place))))
    for place, fixed in case.fixed.items():
        if place not in overridden:
            _put(value, place, fixed)


def _put(value: Any, place: Pointer, made: Any) -> None:
    """Put a value at a place, unless an optional member on the way was left out."""
    with suppress(LookupError):
        element_at(value, place[:-1])[place[-1]] = made
