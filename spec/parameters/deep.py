"""deepObject: the style that carries objects within objects, with brackets in names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .faults import ParameterFault, UnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .escapes import Escape
    from .received import Pairs, Received
    from .shape import Shape
    from .texts import Tree

_KEYS = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Deep:
    """`deepObject`: a pair for each plain value, as `name[member]=value`, however deep it is.

    Elements of arrays are written as `name[0]`, and read as `name[]` and repeated names, too.
    """

    name: str
    escape: Escape
    named: Escape

    def write(self, tree: Tree) -> Pairs:
        """Return the pairs of a tree."""
        return tuple(self._pairs(self.name, tree))

    def _pairs(self, name: str, tree: Tree) -> Iterator[tuple[str, str]]:
        if isinstance(tree, str):
            yield self.named.write(name), self.escape.write(tree)
            return
        if not tree:
            raise UnwritableError("an empty array or object cannot be written")
        members = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for member, each in members:
            yield from self._pairs(f"{name}[{member}]", each)

    def names(self, received: Received, shape: Shape) -> list[str]:  # noqa: ARG002 - as others
        """Return the names with brackets behind its own."""
        return [name for name in received if self._keys(name) is not None]

    def _keys(self, name: str) -> list[str] | None:
        if not name.startswith(self.name):
            return None
        rest = name[len(self.name) :]
        keys = _KEYS.findall(rest)
        return keys if sum(map(len, keys)) + 2 * len(keys) == len(rest) else None

    def read(self, received: Received, shape: Shape) -> Iterator[Tree | ParameterFault]:
        """Yield the tree of all pairs with its name."""
        found = _Branch()
        for name in self.names(received, shape):
            keys = self._keys(name) or []
            if len(keys) > _DEEPEST:
                yield ParameterFault.MALFORMED
                return
            found.at(keys).texts += [self.escape.read(value) for value in received[name]]
        if found.texts or found.members:
            yield found.tree(shape)


class _Branch:
    """What stands below a name with brackets."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.members: dict[str, _Branch] = {}

    def at(self, keys: list[str]) -> _Branch:
        branch = self
        for key in keys:
            branch = branch.members.setdefault(key, _Branch())
        return branch

    def tree(self, shape: Shape) -> Tree:
        """Return the tree of the shape; one that is not of it, where it has other pairs."""
        if len(self.texts) == 1 and not self.members and shape.is_plain:
            return self.texts[0]
        if shape.is_array and not (self.texts and self.members):
            elements = [branch for _, branch in sorted(self.members.items(), key=_position)]
            found: list[Tree] = [*self.texts]
            for branch in elements:
                several = not branch.members and len(branch.texts) > 1
                found += branch.texts if several else [branch.tree(shape.element)]
            return found
        if self.members:
            return {name: each.tree(shape.member(name)) for name, each in self.members.items()}
        return self.texts[0] if len(self.texts) == 1 else [*self.texts]


def _position(member: tuple[str, _Branch]) -> tuple[int, str]:
    key = member[0]
    return (int(key) if key.isdecimal() and len(key) < 10 else 0), key  # noqa: PLR2004 - 32 bits
