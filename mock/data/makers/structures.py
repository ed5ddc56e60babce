"""Compiles arrays, objects with open names, and branches; `Compiler` compiles all else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import get
from ..providers import ProviderError
from .composites import KEYS, Apart, Branch, Elements, finds, names_of
from .composites import choice as draw_choice
from .composites import mapping as draw_mapping
from .made import Maker, Root
from .plain_values import scalar
from .shapes import Shape

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from ....spec.documents.pointers import Pointer
    from .shapes import Places

MOST_MAKERS = 3_000
"""How many schemas a value may be made of, once each $ref is written out."""
WITHIN = frozenset({"object", "array"})
"""The types of values that have others within them."""
_MORE_ITEMS = 3


class TooLargeError(ProviderError):
    """A value that would be too large, unless some of its optional members are left out."""


class Structures(ABC):
    """Compiles what is made of other values; `hidden` marks members that are not sent."""

    def __init__(self, document: Mapping[str, Any], today: datetime.date, hidden: str) -> None:
        self.document, self.hidden = document, hidden
        self.deep = 0
        """From this depth on, optional members are left out."""
        self._today = today
        self._shapes: dict[Places, Shape] = {}

    @abstractmethod
    def inside(self, places: Places, depth: int) -> Root:
        """Compile schemas of a value that stands within others."""

    @abstractmethod
    def whole(self, shape: Shape, depth: int) -> Root:
        """Compile a shape."""

    def shape(self, *places: Pointer) -> Shape:
        """Return the shape of the values that fit the schemas at all places."""
        shape = self._shapes.get(places)
        if shape is None:
            shape = self._shapes[places] = Shape.of(self.document, *places)
        return shape

    def limit(self, count: int, shape: Shape) -> None:
        """Raise TooLargeError for a value with more members than can be made."""
        if count > MOST_MAKERS:
            what = f"a value of this schema has more than {MOST_MAKERS} members"
            raise TooLargeError(what, shape.places[-1])

    def mapping(self, shape: Shape, depth: int) -> Maker:
        """Return the maker of an object whose members have names that the schema leaves open."""
        place, least = shape.places[-1], int(shape.keywords.get("minProperties", 0))
        if depth > self.deep and least == 0:
            return Maker(place, lambda _draw: {})
        self.limit(least, shape)
        most = max(least, min(len(KEYS), int(shape.keywords.get("maxProperties", len(KEYS)))))
        roots: dict[str, Root] = {}
        known: dict[Places, Root] = {}
        for name in names_of(shape, most):
            places = shape.rest
            for pattern in [each for each in shape.patterns if finds(each, name)]:
                places = shape.patterns[pattern]
            if places not in known:
                known[places] = self.inside(places, depth + 1)
            roots[name] = known[places]
        size = sum(root.maker.size for root in roots.values())
        return Maker(place, draw_mapping(roots, max(least, 1)), size=size)

    def array(self, shape: Shape, depth: int) -> Maker:
        """Return the maker of an array."""
        keywords, place, first = shape.keywords, shape.places[-1], len(shape.first)
        least = int(keywords.get("minItems", 0))
        contains = isinstance(keywords.get("contains"), dict)
        if contains:
            least = max(least, first + int(keywords.get("minContains", 1)))
        known = shape.items or shape.first or least
        if least == 0 and self.shape(*shape.items).keywords.get(self.hidden) is True:
            return Maker(place, lambda _draw: [])
        if not known or (depth >= self.deep and least == 0):
            return Maker(place, lambda _draw: [])
        most = int(keywords.get("maxItems", max(least, first, 1) + _MORE_ITEMS - 1))
        most = min(most, max(least, first) + _MORE_ITEMS)
        if keywords.get("items") is False or not (shape.items or least > first):
            most = min(most, max(first, least))
        inner = (*shape.items, (*place, "contains"))
        made = Elements(
            first=[self.inside(places, depth + 1) for places in shape.first],
            other=self.inside(shape.items, depth + 1) if shape.items else self._text(place),
            contained=self.inside(inner, depth + 1) if contains else None,
            least=max(least, min(first, most)),
            most=most,
            unique=keywords.get("uniqueItems") is True,
        )
        roots = (*made.first, made.other, made.contained)
        size = most * max(root.maker.size for root in roots if root is not None)
        example = keywords.get("example")
        if isinstance(example, list):
            return Maker(
                place, lambda draw: made.make(draw) if draw.turn(2) else example, size=size
            )
        return Maker(place, made.make, size=size)

    def _text(self, place: Pointer) -> Root:
        """Return the maker of what no schema describes."""
        return Root(Maker(place, scalar("string", {}, self._today)), ())

    def choice(self, shape: Shape, depth: int) -> Maker:
        """Return the maker of a value that fits one of several branches."""
        chosen, place = shape.choices[0], shape.places[-1]
        base = shape.without(chosen)
        shapes = [self.shape(*places) for places in chosen.branches]
        order = list(range(len(shapes)))
        if depth >= self.deep:  # the first one that ends is enough
            order.sort(
                key=lambda number: (shapes[number].kind in WITHIN, len(shapes[number].required))
            )
        branches: list[Branch] = []
        failure: ProviderError | None = None
        for number in order:
            merged = base.also(shapes[number])
            try:
                root = self.whole(merged, depth + 1)
            except TooLargeError:
                raise
            except ProviderError as error:
                failure = error
                continue
            others = [each for each in shapes if each is not shapes[number]]
            more = Apart.of(merged, others, self._kind) if chosen.exactly else None
            branches.append(Branch(root, self._tag(shape, chosen.branches[number], merged), more))
            if depth >= self.deep:
                break
        if not branches:
            raise failure or ProviderError("the schema has no branches", place)
        size = max(branch.root.maker.size for branch in branches)
        return Maker(place, draw_choice(branches), size=size)

    def _kind(self, shape: Shape, name: str) -> str:
        """Return the type of a member, '' if it may be of several."""
        member = self.shape(*shape.members[name])
        return "" if member.choices else member.kind

    def _tag(self, shape: Shape, branch: Places, merged: Shape) -> tuple[str, str] | None:
        """Return the discriminator's member and its value in a branch, if there is one."""
        discriminator = shape.keywords.get("discriminator")
        if not isinstance(discriminator, dict) or "propertyName" not in discriminator:
            return None
        name = str(discriminator["propertyName"])
        reference = str(get(self.document, branch[0]).get("$ref", ""))
        last = reference.rpartition("/")[2]
        tags = {to: tag for tag, to in (discriminator.get("mapping") or {}).items()}
        tag = str(tags.get(reference, tags.get(last, last)))
        member = self.shape(*merged.members.get(name, ()))
        return (name, tag) if tag in member.keywords.get("enum", (tag,)) and tag else None
