"""A walk through a body by its schema: every place that it has, with the values there.

The body says how far it goes, so a schema that holds itself ends, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...mock.faults.places import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...spec.documents.source import Pointer
    from ...spec.schemas.validation import Node, Schemas

_DEEPEST = 50


class Visit(NamedTuple):
    """A place of a body, with * for every element of an array, and all values there.

    It is `optional` if the schema allows its absence.
    """

    place: Pointer
    node: Node
    values: Sequence[Any]
    optional: bool = False


def visits(schemas: Schemas, root: Node, *bodies: Any) -> Iterator[Visit]:
    """Yield the places of bodies that a schema describes, outer ones first."""
    yield from _visits(schemas, Visit((), root, bodies))


def _visits(schemas: Schemas, visit: Visit) -> Iterator[Visit]:
    yield visit
    if len(visit.place) >= _DEEPEST:
        return
    members, required = declared(schemas, visit.node)
    objects = [value for value in visit.values if isinstance(value, dict)]
    for name, place in members.items() if objects else ():
        below = [value[name] for value in objects if name in value]
        if below:
            node, optional = schemas.node(place), name not in required
            yield from _visits(schemas, Visit((*visit.place, name), node, below, optional))
    if visit.node.element is not None:
        arrays = [value for value in visit.values if isinstance(value, list)]
        if elements := [each for array in arrays for each in array]:
            node = schemas.node(visit.node.element)
            yield from _visits(schemas, Visit((*visit.place, ANY), node, elements))


def declared(schemas: Schemas, node: Node) -> tuple[dict[str, Pointer], set[str]]:
    """Return the members that a schema lists for an object, and those that it requires."""
    members: dict[str, Pointer] = {}
    for each in schemas.with_branches(node):
        for name, place in each.members.items():
            members.setdefault(name, place)
    required = {*node.schema.get("required", ())}
    for branch in schemas.branches(node, "allOf"):
        required.update(branch.schema.get("required", ()))
    return members, required


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
