"""Functions that draw arrays, objects with open names, and values of one of several branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from ..keystream import Draw, digest
from .patterns import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .made import Root
    from .shapes import Shape

KEYS = ("alpha", "beta", "gamma")
"""The names of members whose names are open."""
_UNIQUE_ATTEMPTS = 8
_WRONG: Mapping[str, Any] = {
    "string": 0,
    "integer": "none",
    "number": "none",
    "boolean": "none",
    "array": "none",
    "object": "none",
}
"""A value that no schema of a type accepts."""


def names_of(shape: Shape, count: int) -> list[str]:
    """Return names for members of an object whose names are open, at most `count` of them."""
    forms = shape.keywords.get("propertyNames")
    forms = forms if isinstance(forms, dict) else {}
    if isinstance(forms.get("enum"), list):
        return [str(name) for name in forms["enum"][:count]]
    patterns = [forms["pattern"]] if "pattern" in forms else [] if shape.rest else shape.patterns
    makers = [make for pattern in patterns if (make := matching(str(pattern)))]
    if makers:
        draws = (Draw(digest(b"", "name", number)) for number in range(_UNIQUE_ATTEMPTS * count))
        return list(dict.fromkeys(makers[n % len(makers)](draw) for n, draw in enumerate(draws)))[
            :count
        ]
    return [*KEYS, *(f"key{number}" for number in range(len(KEYS) + 1, count + 1))][:count]


def finds(pattern: str, name: str) -> bool:
    """Whether a pattern is found in a name."""
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid(name)
    except ValueError:
        return False


def mapping(roots: Mapping[str, Root], least: int) -> Callable[[Draw], dict[str, Any]]:
    """Return what draws objects with the first ones of some members, at least `least`."""
    names = tuple(roots)

    def make(draw: Draw) -> dict[str, Any]:
        count = draw.between(min(least, len(names)), len(names))
        return {name: roots[name].make(draw.under(name)) for name in names[:count]}

    return make


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of arrays: the first ones, all others, and those that have to be there.

    There are from `least` to `most` of them; `unique` says that they differ.
    """

    first: Sequence[Root]
    other: Root
    contained: Root | None
    least: int
    most: int
    unique: bool

    def make(self, draw: Draw) -> list[Any]:
        """Draw an array."""
        count = draw.between(min(max(self.least, 1), self.most), self.most)
        made: list[Any] = []
        for index in range(count * (_UNIQUE_ATTEMPTS if self.unique else 1)):
            if len(made) >= count:
                break
            value = self._root(len(made)).make(draw.under(index))
            if not (self.unique and value in made):
                made.append(value)
        return made

    def _root(self, index: int) -> Root:
        if index < len(self.first):
            return self.first[index]
        if self.contained is not None and index < self.least:
            return self.contained
        return self.other


@dataclass(frozen=True, slots=True)
class Apart:
    """What keeps an object from fitting other branches: members with a wrong value, or without."""

    added: Mapping[str, Any]
    left_out: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, shape: Shape, others: Sequence[Shape], kinds: Callable[[Shape, str], str]
    ) -> Apart | None:
        """Return what keeps the objects of a shape from fitting the others, if there is anything.

        `kinds` returns the type of a member of a shape.
        """
        added: dict[str, Any] = {}
        left_out: set[str] = set()
        is_open = shape.keywords.get("additionalProperties") is not False
        for other in others:
            if needed := sorted(other.required - shape.required):
                left_out.add(needed[0])
                continue
            free = (name for name in other.members if name not in shape.members)
            wrong = ((name, _WRONG.get(kinds(other, name))) for name in free)
            found = next(((name, value) for name, value in wrong if value is not None), None)
            if found is not None and is_open:
                added.setdefault(*found)
        return cls(added, frozenset(left_out)) if added or left_out else None

    def keep(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object that does not fit the other branches."""
        kept = {name: each for name, each in value.items() if name not in self.left_out}
        return {**kept, **self.added}


@dataclass(frozen=True, slots=True)
class Branch:
    """One of several branches: its maker, and what its discriminator is called and has there."""

    root: Root
    tag: tuple[str, str] | None
    apart: Apart | None


def choice(branches: Sequence[Branch]) -> Callable[[Draw], Any]:
    """Return what draws values of one of several branches."""
    turns = len(branches) * (2 if any(branch.apart for branch in branches) else 1)

    def make(draw: Draw) -> Any:
        turn = draw.turn(turns)
        number = (draw.below(len(branches)) + turn) % len(branches)
        branch = branches[number]
        value = branch.root.make(draw.branch(number))
        if not isinstance(value, dict):
            return value
        if branch.apart is not None and turn >= len(branches):
            value = branch.apart.keep(value)
        return value if branch.tag is None else {**value, branch.tag[0]: branch.tag[1]}

    return make
