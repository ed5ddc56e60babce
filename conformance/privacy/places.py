"""The places of a body: the schemas that describe each value of it, and whether it is personal."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ...spec.schemas.schemas import Node, Schemas

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# The name of a member, '' without one, and the end of an object or array, its beginning or a value.
_PART = re.compile(
    rf"((?:{_STRING}\s*+:\s*+)?+)([{{\[\]}}]|{_STRING}|[^\s,}}\]\ufeff]++)", re.DOTALL
)
_SAYS_WHAT = {"type", "enum", "const", "format"}


class Scope:
    """A place in a body: the schemas that describe it, and whether it is personal."""

    def __init__(
        self, schemas: Schemas, nodes: Iterable[Node], *, is_personal: bool = False
    ) -> None:
        self._schemas = schemas
        seen: set[tuple[str, ...]] = set()
        self._nodes = [each for node in nodes for each in schemas.with_branches(node, seen)]
        self._names = frozenset(name for node in self._nodes for name in node.members)
        self._inside: dict[str, Scope] = {}
        self.is_personal = is_personal or any(node.personal for node in self._nodes)

    @cached_property
    def hides_values(self) -> bool:
        """Whether values here are replaced: they are personal, or not described by the contract.

        It does not describe a single value in the place of an object or an array either.
        """
        return self.is_personal or all(
            node.members
            or node.element
            or node.schema.get("type") in {"object", "array"}
            or not _SAYS_WHAT & set(node.schema)
            for node in self._nodes
        )

    @cached_property
    def has_numbers(self) -> bool:
        """Whether the contract has numbers here, which are not personal."""
        return not self.is_personal and any(
            node.schema.get("type") in {"integer", "number"} for node in self._nodes
        )

    @cached_property
    def leads_to_personal(self) -> bool:
        """Whether a value here, or one inside of it, can be personal."""
        if self.is_personal:
            return True
        seen: set[tuple[str, ...]] = set()
        nodes = list(self._nodes)
        while nodes:
            node = nodes.pop()
            if node.personal:
                return True
            inside = (*node.members.values(), *([node.element] if node.element else ()))
            for place in inside:
                nodes += self._schemas.with_branches(self._schemas.node(place), seen)
        return False

    def lists(self, value: str) -> bool:
        """Whether the contract enumerates a value here."""
        return value in self._listed

    @cached_property
    def _listed(self) -> frozenset[str]:
        schemas = [node.schema for node in self._nodes]
        listed = (each for s in schemas for each in (*s.get("enum", ()), s.get("const")))
        return frozenset(each for each in listed if isinstance(each, str))

    def has(self, name: str) -> bool:
        """Whether the contract has a member of this name here."""
        return name in self._names

    def member(self, name: str) -> Scope:
        """Return the place of a member of an object."""
        if name not in self._names:
            return self._undescribed
        if name not in self._inside:
            found = [node.members[name] for node in self._nodes if name in node.members]
            self._inside[name] = self._below(found)
        return self._inside[name]

    @cached_property
    def element(self) -> Scope:
        """Return the place of an element of an array."""
        if not self._nodes:
            return self
        return self._below([node.element for node in self._nodes if node.element is not None])

    @cached_property
    def _undescribed(self) -> Scope:
        return self._below([]) if self._nodes else self

    def _below(self, places: Sequence[tuple[str, ...]]) -> Scope:
        nodes = [self._schemas.node(place) for place in places]
        return Scope(self._schemas, nodes, is_personal=self.is_personal)


def personal(value: object, scope: Scope) -> Iterator[str]:
    """Yield the personal texts of a value."""
    around = [(value, scope)]
    while around:
        value, scope = around.pop()
        if isinstance(value, dict):
            members = ((each, scope.member(name)) for name, each in value.items())
            around += ((each, here) for each, here in members if here.leads_to_personal)
        elif isinstance(value, list):
            if scope.element.leads_to_personal:
                around += ((each, scope.element) for each in value)
        elif isinstance(value, str) and scope.is_personal:
            yield value


def replaced(
    text: str, root: Scope, value: Callable[[str, Scope], str], name: Callable[[str], str]
) -> str:
    """Return a JSON text with other values, and everything between them unchanged.

    `value` is called with each that is not an object or an array, `name` with the names of members
    that the contract does not have at their place.
    """
    around: list[Scope] = []
    inside = root
    parts = _PART.split(text)
    for at in range(2, len(parts), 3):
        mark, before = parts[at], parts[at - 1]
        if mark in "}]":
            inside = around.pop()
            continue
        here = inside
        if before:
            end = before.rindex('"') + 1
            member = text_of(before[:end])
            here = inside.member(member)
            if not inside.has(member):
                parts[at - 1] = name(before[:end]) + before[end:]
        if mark in "{[":
            around.append(inside)
            inside = here if mark == "{" else here.element
        else:
            parts[at] = value(mark, here)
    return "".join(parts)


def text_of(literal: str) -> str:
    """Return the string of a JSON literal; without an escape, it is what the quotes enclose."""
    return literal[1:-1] if "\\" not in literal else str(json.loads(literal))
