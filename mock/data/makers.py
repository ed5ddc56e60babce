"""Makers: a schema, compiled to a function that draws values of it.

A `Maker` is a pure function of a stream of numbers. Each member has a stream of its own, so adding
a member to a schema does not change the values of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, TypeGuard

from ...spec.documents.source import get, join
from ...spec.schemas.validation import Direction
from .codes import CodeForm
from .plain_values import longest_scalar, scalar
from .providers import Derived, ProviderError, RecordProvider
from .shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...spec.documents.source import Pointer
    from .keystream import Draw
    from .providers import Providers, RecordCase

_DEPTHS, _TOO_DEEP = (6, 4, 2, 1), 16
_MOST_MAKERS = 3_000
"""How many schemas a value may be made of, once each $ref is written out."""
_LARGEST = 1_000_000
"""How many bytes of JSON a value may take, about."""
_NULLS = 8
"""One of so many values is null if the schema allows null and has no `x-faker`."""
_MORE_ITEMS = 3
_KEYS = ("alpha", "beta", "gamma")


@dataclass(frozen=True, slots=True)
class _Later:
    """Stands for a value that follows from values at other places, which are made first."""

    draw: Draw
    derived: Derived
    sources: tuple[Pointer, ...]


@dataclass(slots=True)
class Maker:
    """Makes the values of one schema; `place` is where the schema stands.

    `size` is about how many bytes of JSON the largest value takes.
    """

    place: Pointer
    make: Callable[[Draw], Any]
    code: CodeForm | None = None
    size: int = 64


@dataclass(slots=True)
class ObjectMaker(Maker):
    """Makes an object from its members; `plain` if it is valid whenever each of them is."""

    members: Mapping[str, Maker] = field(default_factory=dict)
    plain: bool = False
    places: tuple[Pointer, ...] = ()
    cases: tuple[RecordCase, ...] = ()


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
                return self._inside(place, 0, overrides)
            except _TooLargeError as error:
                failure = error
        raise failure or AssertionError

    def _inside(self, place: Pointer, depth: int, overrides: Overrides | None = None) -> Root:
        """Compile a schema whose values stand within others, where nothing is overridden."""
        before, self._overrides = self._overrides, overrides or Overrides()
        try:
            return self._root(Shape.of(self._document, place), _Where.top(depth))
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
            shape = Shape.of(self._document, shape.members[name])
        return True

    def _later(
        self, derived: Derived, where: _Where, at: Pointer, place: Pointer
    ) -> Callable[[Draw], _Later]:
        """Return what stands for a value until its sources are made; `place` has its directive."""
        sources = tuple((*where.record, *source) for source in derived.sources)
        where.later.setdefault(at, {}).update(dict.fromkeys(sources, (*place, "x-faker")))
        return lambda draw: _Later(draw, derived, sources)

    def _compile(self, shape: Shape, where: _Where) -> Maker:
        place = shape.places[-1]
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
        if shape.keywords.get("nullable") is True and where.depth and directive is None:
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
        if shape.branches and "enum" not in shape.keywords:
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
        members = {}
        for name, member in shape.members.items():
            if where.depth >= self._deep and name not in shape.required:
                continue
            inner = Shape.of(self._document, member)
            if inner.keywords.get(self._hidden) is True:
                continue
            members[name] = self._compile(inner, where.member(name))
        if not members and isinstance(shape.keywords.get("additionalProperties"), dict):
            return self._mapping(shape, where.depth)
        if not members and "example" in shape.keywords:
            example = shape.keywords["example"]
            return Maker(place, lambda _draw: example)
        drawn = [
            {at: self._drawn(directive, place, where, at) for at, directive in case.drawn.items()}
            for case in cases
        ]
        at = where.at
        overridden = {p[len(at) :] for p in self._overrides.faker if p[: len(at)] == at}
        make = _object(members, cases, drawn, overridden)
        size = sum(len(name) + len('"": ,') + member.size for name, member in members.items())
        return ObjectMaker(place, make, None, size, members, shape.is_plain, shape.places, cases)

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
        inside = self._inside((*shape.places[-1], "additionalProperties"), depth + 1)

        def make(draw: Draw) -> dict[str, Any]:
            names = _KEYS[: draw.between(1, len(_KEYS))]
            return {name: inside.make(draw.under(name)) for name in names}

        return Maker(shape.places[-1], make, size=len(_KEYS) * inside.maker.size)

    def _array(self, shape: Shape, depth: int) -> Maker:
        keywords, place = shape.keywords, shape.places[-1]
        least = int(keywords.get("minItems", 0))
        if shape.items is None or (depth >= self._deep and least == 0):
            return Maker(place, lambda _draw: [])
        if "example" in keywords and isinstance(keywords["example"], list):
            example = keywords["example"]
            return Maker(place, lambda _draw: example)
        inside = self._inside(shape.items, depth + 1)
        most = int(keywords.get("maxItems", max(least, 1) + _MORE_ITEMS - 1))
        unique = keywords.get("uniqueItems") is True

        def make(draw: Draw) -> list[Any]:
            count = draw.between(min(max(least, 1), most), min(most, least + _MORE_ITEMS))
            made: list[Any] = []
            for index in range(count * (8 if unique else 1)):
                value = inside.make(draw.under(index))
                if len(made) < count and not (unique and value in made):
                    made.append(value)
            return made

        return Maker(place, make, size=min(most, least + _MORE_ITEMS) * inside.maker.size)

    def _choice(self, shape: Shape, depth: int) -> Maker:
        base = Shape(shape.keywords, shape.members, shape.required, shape.items, (), shape.places)
        roots = []
        for branch in shape.branches:
            merged = base.also(Shape.of(self._document, branch))
            try:
                roots.append(self._root(merged, _Where.top(depth + 1)))
            except _TooLargeError:
                raise
            except ProviderError:
                if not roots and branch == shape.branches[-1]:
                    raise
        tags = self._tags(shape)

        def make(draw: Draw) -> Any:
            number = draw.below(len(roots))
            value = roots[number].make(draw.under(number))
            if tags is not None and isinstance(value, dict):
                value[tags[0]] = tags[1][number]
            return value

        return Maker(shape.places[-1], make, size=max(root.maker.size for root in roots))

    def _tags(self, shape: Shape) -> tuple[str, list[str]] | None:
        """Return the discriminator's member and its value for each branch, if there is one."""
        discriminator = shape.keywords.get("discriminator")
        if not isinstance(discriminator, dict) or "propertyName" not in discriminator:
            return None
        mapping = {to: name for name, to in discriminator.get("mapping", {}).items()}
        tags = []
        for branch in shape.branches:
            reference = str(get(self._document, branch).get("$ref", ""))
            last = reference.rpartition("/")[2]
            tags.append(mapping.get(reference, mapping.get(last, last)))
        return discriminator["propertyName"], tags


@dataclass(slots=True)
class Root:
    """A maker of whole values; members that follow from others are filled in at the end.

    `later` are their places, those that others follow from first.
    """

    maker: Maker
    later: tuple[Pointer, ...]

    def make(self, draw: Draw) -> Any:
        """Draw a value."""
        value = self.maker.make(draw)
        for place in self.later:
            parent = _at(value, place[:-1])
            found = parent[place[-1]]
            if isinstance(found, _Later):
                sources = [_found(value, source) for source in found.sources]
                parent[place[-1]] = found.derived.make(found.draw, sources)
        return value

    def leaves(self) -> Iterator[tuple[Pointer, Maker]]:
        """Yield the makers of the parts that are valid independently of the value's structure."""
        return ((at, maker) for at, maker in _parts((), self.maker) if not _is_split(maker))

    def objects(self) -> Iterator[tuple[Pointer, ObjectMaker]]:
        """Yield the makers of the objects around the leaves, the outermost first."""
        return ((at, maker) for at, maker in _parts((), self.maker) if _is_split(maker))


def _is_split(maker: Maker) -> TypeGuard[ObjectMaker]:
    """Whether the members of a maker are leaves or objects of their own."""
    return isinstance(maker, ObjectMaker) and maker.plain and bool(maker.members)


def _parts(at: Pointer, maker: Maker) -> Iterator[tuple[Pointer, Maker]]:
    yield at, maker
    if _is_split(maker):
        for name, member in maker.members.items():
            yield from _parts((*at, name), member)


def _at(value: Any, place: Pointer) -> Any:
    for part in place:
        value = value[part]
    return value


def _found(value: Any, place: Pointer) -> Any:
    """Return the element at a place, None if an optional member on the way was left out."""
    try:
        return _at(value, place)
    except (LookupError, TypeError):
        return None


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
    return lambda draw: None if draw.under("null").below(_NULLS) == 0 else make(draw)


def _object(
    members: Mapping[str, Maker],
    cases: tuple[RecordCase, ...],
    drawn: list[dict[Pointer, Callable[[Draw], Any]]],
    overridden: set[Pointer],
) -> Callable[[Draw], Any]:
    total = sum(case.weight for case in cases)

    def make(draw: Draw) -> dict[str, Any]:
        value = {name: member.make(draw.under(name)) for name, member in members.items()}
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
            _at(value, place[:-1])[place[-1]] = make(draw.under(join(place)))
    for place, fixed in case.fixed.items():
        if place not in overridden:
            _at(value, place[:-1])[place[-1]] = fixed
