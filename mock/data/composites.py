"""Functions that draw arrays, objects with open names, and values of one of several branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from .keystream import Draw, digest
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
    other: Root | None
    contained: Root | None
    least: int
    most: int
    unique: bool

    def make(self, draw: Draw) -> list[Any]:
        """Draw an array."""
        count = draw.between(min(max(self.least, 1), self.most), self.most)
        made: list[Any] = []
        for index in range(count * (_UNIQUE_ATTEMPTS if self.unique else 1)):
            root = self._root(len(made))
            if root is None or len(made) >= count:
                break
            value = root.make(draw.under(index))
            if not (self.unique and value in made):
                made.append(value)
        return made

    def _root(self, index: int) -> Root | None:
        if index < len(self.first):
            return self.first[index]
        if self.contained is not None and index < self.least:
            return self.contained
        return self.other or self.contained


@dataclass(frozen=True, slots=True)
class Branch:
    """One of several branches: its maker, and what its discriminator is called and has there.

    `apart` are members that keep a value from fitting the other branches.
    """

    root: Root
    tag: tuple[str, str] | None
    apart: Mapping[str, Any]


def choice(branches: Sequence[Branch]) -> Callable[[Draw], Any]:
    """Return what draws values of one of several branches."""
    turns = len(branches) * (2 if any(branch.apart for branch in branches) else 1)

    def make(draw: Draw) -> Any:
        turn = draw.turn(turns)
        number = (draw.below(len(branches)) + turn) % len(branches)
        branch = branches[number]
        value = branch.root.make(draw.branch(number))
        if isinstance(value, dict) and (branch.tag is not None or turn >= len(branches)):
            more = {} if turn < len(branches) else branch.apart
            tag = {} if branch.tag is None else {branch.tag[0]: branch.tag[1]}
            return {**value, **more, **tag}
        return value

    return make


def apart(shape: Shape, others: Sequence[Shape], kinds: Callable[[Shape, str], str]) -> Any:
    """Return members that a shape leaves open and that make a value break each of the others.

    `kinds` returns the type of a member of a shape.
    """
    members: dict[str, Any] = {}
    if shape.keywords.get("additionalProperties") is False:
        return members
    for other in others:
        for name in other.members:
            kind = "" if name in shape.members or name in members else kinds(other, name)
            if kind in _WRONG:
                members[name] = _WRONG[kind]
                break
    return members
