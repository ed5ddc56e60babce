"""The shape of a parameter: whether a schema means a plain value, an array or an object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..documents.pointers import Pointer
    from ..schemas.schemas import Node, Schemas

_JSON = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
_OF_NUMBERS = {"minimum", "maximum", "multipleOf"}
_OF_STRINGS = {"pattern", "minLength", "maxLength", "format"}


@dataclass(frozen=True)
class Shape:
    """The types that a schema allows, with those of its elements and members.

    A schema with branches allows what one of them does. `schemas` is None for what no schema says.
    """

    schemas: Schemas | None = None
    place: Pointer = ()

    @cached_property
    def _nodes(self) -> list[Node]:
        if self.schemas is None:
            return []
        return list(self.schemas.with_branches(self.schemas.node(self.place)))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The types of JSON, without null; none if the schema says nothing about them."""
        found = {kind for node in self._nodes for kind in _types(node.schema)} - {"null"}
        if not found:
            found = {kind for node in self._nodes for kind in _implied(node)} - {"null"}
        return frozenset(found)

    @cached_property
    def element(self) -> Shape:
        """The shape of the elements of an array."""
        places = (node.element for node in self._nodes if node.element is not None)
        return self._at(next(places, None))

    def member(self, name: str) -> Shape:
        """Return the shape of a member of an object."""
        places = (node.members[name] for node in self._nodes if name in node.members)
        return self._at(next(places, self._rest))

    @cached_property
    def members(self) -> frozenset[str]:
        """The names of the members of an object that the schema names."""
        return frozenset(name for node in self._nodes for name in node.members)

    @cached_property
    def empty(self) -> frozenset[str]:
        """The names of required members that are empty if nothing is sent for them: arrays."""
        required = {name for node in self._nodes for name in node.schema.get("required", ())}
        arrays = (name for name in required if self.member(name).kinds == {"array"})
        return frozenset(arrays)

    @cached_property
    def is_plain(self) -> bool:
        """Whether it allows strings, numbers or truth values, as it does if nothing is said."""
        return not self.kinds or bool(self.kinds - {"array", "object"})

    @cached_property
    def is_array(self) -> bool:
        """Whether it allows arrays, as it does if nothing is said."""
        return not self.kinds or "array" in self.kinds

    @cached_property
    def is_object(self) -> bool:
        """Whether it allows objects."""
        return "object" in self.kinds

    @cached_property
    def is_binary(self) -> bool:
        """Whether its strings stand for bytes, as those of files."""
        return any(
            node.schema.get("format") == "binary" or "contentMediaType" in node.schema
            for node in self._nodes
        )

    @property
    def is_open(self) -> bool:
        """Whether the schema says that an object has members that it does not name."""
        stated = any(node.schema.get("additionalProperties") for node in self._nodes)
        return stated or ("object" in self.kinds and not self.members)

    @cached_property
    def _rest(self) -> Pointer | None:
        for node in self._nodes:
            if isinstance(node.schema.get("additionalProperties"), dict):
                return (*node.place, "additionalProperties")
        return None

    def _at(self, place: Pointer | None) -> Shape:
        return Shape() if place is None else Shape(self.schemas, place)


def _types(schema: Any) -> list[str]:
    stated = schema.get("type", [])
    return [stated] if isinstance(stated, str) else list(stated)


def _implied(node: Node) -> set[str]:
    """Return the types that a schema without a type means."""
    schema = node.schema
    if node.members or "additionalProperties" in schema:
        return {"object"}
    if node.element is not None:
        return {"array"}
    if _OF_STRINGS & schema.keys():
        return {"string"}
    if _OF_NUMBERS & schema.keys():
        return {"number"}
    constant = [schema["const"]] if "const" in schema else []
    values = [*schema.get("enum", ()), *constant]
    return {_JSON.get(type(value), "object") for value in values if value is not None}
