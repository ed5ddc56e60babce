"""A value of the right types for a schema: to try expressions on, not to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..documents.pointers import Pointer
    from ..schemas.schemas import Node, Schemas

_DEEPEST = 5
_TEXTS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T10:00:00Z",
    "duration": "PT1S",
    "time": "10:00:00Z",
    "email": "someone@example.test",
    "uri": "https://example.test/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_NUMBERS = {"integer", "number"}
_PLAIN = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def sample(schemas: Schemas, place: Pointer, depth: int = 0) -> Any:
    """Return a value of the types of a schema, with all of its members."""
    node = schemas.node(place)
    if node.members or _has_members(schemas, node):
        if depth > _DEEPEST:
            return {}
        members = dict(node.members)
        for other in node.also:
            members = {**schemas.node(other).members, **members}
        return {name: sample(schemas, at, depth + 1) for name, at in members.items()}
    schema = node.schema
    known = [*schema.get("enum", ()), *(schema[w] for w in ("example", "default") if w in schema)]
    first = next((value for value in known if value is not None), None)
    return _plain(schemas, node, depth) if first is None else first


def _plain(schemas: Schemas, node: Node, depth: int) -> Any:
    schema, kind = node.schema, node.schema.get("type")
    if kind == "array" or node.element is not None:
        return [sample(schemas, node.element, depth + 1)] if node.element else []
    if kind == "string":
        return _TEXTS.get(str(schema.get("format")), "text")
    if kind in _PLAIN:
        return schema.get("minimum", _PLAIN[kind]) if kind in _NUMBERS else _PLAIN[kind]
    branches = list(schemas.branches(node, "allOf", "oneOf", "anyOf"))
    if branches and depth <= _DEEPEST:
        return sample(schemas, branches[0].place, depth + 1)
    return {} if kind == "object" else None


def _has_members(schemas: Schemas, node: Node) -> bool:
    return any(schemas.node(other).members for other in node.also)
