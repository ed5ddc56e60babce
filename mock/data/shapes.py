"""The shape of a schema: references are resolved, and the parts of an `allOf` merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...spec.documents.source import follow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.documents.source import Pointer

# The keywords of an object that is valid exactly if each of its members is.
_PLAIN = frozenset(
    {
        *("type", "properties", "required", "description", "title", "example", "nullable"),
        *("deprecated", "externalDocs", "xml", "discriminator", "readOnly", "writeOnly"),
        *("allOf", "$ref", "default"),
    }
)


@dataclass(slots=True)
class Shape:
    """The parts of a schema that a maker needs; members, items and branches are places."""

    keywords: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Pointer] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    items: Pointer | None = None
    branches: tuple[Pointer, ...] = ()
    places: tuple[Pointer, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any], place: Pointer) -> Shape:
        """Return the shape of the schema at a place."""
        at, schema = follow(document, place)
        shape = cls(places=(at,))
        if not isinstance(schema, dict):
            return shape
        for index in range(len(schema.get("allOf", ()))):
            shape = shape.also(cls.of(document, (*at, "allOf", str(index))))
        own = cls(
            keywords={k: v for k, v in schema.items() if k not in _STRUCTURE},
            members={name: (*at, "properties", name) for name in schema.get("properties", {})},
            required=set(schema.get("required", ())),
            items=(*at, "items") if "items" in schema else None,
            branches=_branches(schema, at),
            places=(at,),
        )
        return shape.also(own)

    def also(self, other: Shape) -> Shape:
        """Return the shape of the values that fit both."""
        return Shape(
            {**self.keywords, **other.keywords},
            {**self.members, **other.members},
            self.required | other.required,
            other.items or self.items,
            other.branches or self.branches,
            tuple(dict.fromkeys((*self.places, *other.places))),
        )

    @property
    def kind(self) -> str:
        """The type, or the one that the other keywords imply; '' if none does."""
        if "type" in self.keywords:
            return str(self.keywords["type"])
        if self.members or "additionalProperties" in self.keywords:
            return "object"
        if self.items is not None:
            return "array"
        if {"pattern", "minLength", "maxLength", "format"} & self.keywords.keys():
            return "string"
        return "number" if {"minimum", "maximum"} & self.keywords.keys() else ""

    @property
    def is_plain(self) -> bool:
        """Whether a value is valid exactly when it has all members and each of them is valid."""
        return (
            self.kind == "object"
            and not self.branches
            and all(keyword in _PLAIN or keyword.startswith("x-") for keyword in self.keywords)
        )


_STRUCTURE = frozenset({"properties", "required", "items", "allOf", "oneOf", "anyOf"})


def _branches(schema: Mapping[str, Any], at: Pointer) -> tuple[Pointer, ...]:
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return tuple((*at, keyword, str(index)) for index in range(len(schema[keyword])))
    return ()
