"""The schemas that describe a place in a value, in every branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.schemas.schemas import Node

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("if", "then", "else", "not")
_MOST = 200


def nodes_at(contract: Contract, start: Pointer, place: Pointer) -> list[Node]:
    """Return the nodes of a place in the values of the schema at `start`, at most 200."""
    found = _with_branches(contract, [start])
    for step in place:
        inside = [each for node in found for each in _steps(node, step)]
        found = _with_branches(contract, inside)
    return found


def _with_branches(contract: Contract, places: list[Pointer]) -> list[Node]:
    found: dict[Pointer, Node] = {}
    ahead = list(reversed(places))
    while ahead and len(found) < _MOST:
        node = contract.schemas.node(ahead.pop())
        if node.place in found:
            continue
        found[node.place] = node
        schema = node.schema
        inside = [
            (*node.place, word, str(index))
            for word in _LISTS
            for index in range(len(schema.get(word, ())))
        ]
        inside += [(*node.place, word) for word in _SINGLE if word in schema]
        inside += [
            (*node.place, "dependentSchemas", name) for name in schema.get("dependentSchemas", {})
        ]
        ahead += reversed(inside)
    return list(found.values())


def _steps(node: Node, step: str) -> Iterator[Pointer]:
    """Yield the places of the schemas that a step into a value leads to."""
    schema, place = node.schema, node.place
    if step in schema.get("properties", {}):
        yield (*place, "properties", step)
    else:
        for name in schema.get("patternProperties", {}):
            yield (*place, "patternProperties", name)
        if isinstance(schema.get("additionalProperties"), dict):
            yield (*place, "additionalProperties")
    if step.isdecimal():
        first = schema.get("prefixItems", ())
        if int(step) < len(first):
            yield (*place, "prefixItems", step)
        elif isinstance(schema.get("items"), dict):
            yield (*place, "items")
        if isinstance(schema.get("contains"), dict):
            yield (*place, "contains")


def members_of(node: Node) -> list[str]:
    """Return the names of members that a node knows in some way."""
    names = [*node.schema.get("properties", {}), *node.schema.get("required", ())]
    for name, others in node.schema.get("dependentRequired", {}).items():
        names += [name, *others]
    return list(dict.fromkeys(names))
