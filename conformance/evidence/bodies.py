"""A walk through bodies by their schema: every place that they have, with the values there.

A body says how far it goes, so a schema that holds itself ends, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...mock.faults.places import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.documents.pointers import Pointer
    from ...spec.schemas.schemas import Node, Schemas

_DEEPEST = 50


@dataclass(frozen=True)
class Place:
    """A place in bodies, with * for every element of an array; all `nodes` describe its values.

    It is `optional` if the schema allows its absence. What is below it is looked up once.
    """

    schemas: Schemas
    nodes: Sequence[Node]
    pointer: Pointer = ()
    optional: bool = False

    @property
    def node(self) -> Node:
        """The first schema that describes the place."""
        return self.nodes[0]

    @cached_property
    def _members(self) -> Mapping[str, Place]:
        if len(self.pointer) >= _DEEPEST:
            return {}
        members, required = declared(self.schemas, *self.nodes)
        return {
            name: self._below(name, places, optional=name not in required)
            for name, places in members.items()
        }

    @cached_property
    def _element(self) -> Place | None:
        found = (each.element for each in _described(self.schemas, self.nodes))
        places = [place for place in found if place is not None]
        return self._below(ANY, places) if places and len(self.pointer) < _DEEPEST else None

    def _below(self, step: str, places: Sequence[Pointer], *, optional: bool = False) -> Place:
        nodes = [self.schemas.node(place) for place in places]
        return Place(self.schemas, nodes, (*self.pointer, step), optional)

    def visits(self, values: Sequence[Any]) -> Iterator[tuple[Place, Sequence[Any]]]:
        """Yield the place and those below it, outer ones first, each with the values there."""
        yield self, values
        objects = [value for value in values if isinstance(value, dict)]
        for name, member in self._members.items() if objects else ():
            if below := [value[name] for value in objects if name in value]:
                yield from member.visits(below)
        arrays = [value for value in values if isinstance(value, list)]
        elements = [each for array in arrays for each in array]
        if elements and self._element is not None:
            yield from self._element.visits(elements)


def declared(schemas: Schemas, *nodes: Node) -> tuple[dict[str, list[Pointer]], set[str]]:
    """Return the members that schemas list for an object, and those that they require."""
    members: dict[str, list[Pointer]] = {}
    for each in _described(schemas, nodes):
        for name, place in each.members.items():
            members.setdefault(name, []).append(place)
    required = {
        name
        for node in nodes
        for each in (node, *schemas.branches(node, "allOf"))
        for name in each.schema.get("required", ())
    }
    return members, required


def _described(schemas: Schemas, nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield from schemas.with_branches(node)


def values_at(body: Any, place: Pointer) -> list[Any]:
    """Return the values at a place, which has * for every element of an array."""
    found = [body]
    for part in place:
        if part == ANY:
            found = [each for value in found for each in _elements(value)]
        else:
            found = [each[part] for each in found if isinstance(each, dict) and part in each]
    return found


def _elements(value: Any) -> list[Any]:
    if isinstance(value, dict):  # a member may be called so as well
        return [value[ANY]] if ANY in value else []
    return value if isinstance(value, list) else []
