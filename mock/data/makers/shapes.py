"""The shape of a schema: references are resolved, and the parts of an `allOf` merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.documents.pointers import BrokenReferenceError, follow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....spec.documents.pointers import Pointer

Places: TypeAlias = "tuple[Pointer, ...]"
"""The places of schemas that all hold for one value."""

# The keywords of an object that is valid exactly if each of its members is.
_PLAIN = frozenset(
    {
        *("type", "properties", "required", "description", "title", "example", "nullable"),
        *("deprecated", "externalDocs", "xml", "discriminator", "readOnly", "writeOnly"),
        *("allOf", "$ref", "default", "examples"),
    }
)
_STRUCTURE = frozenset({"properties", "required", "items", "allOf", "oneOf", "anyOf"})
_OF_NUMBERS = frozenset({"int32", "int64", "float", "double"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Branches of which a value fits one; `exactly` one, if no other may fit it."""

    branches: tuple[Places, ...]
    exactly: bool = False


@dataclass(slots=True)
class Shape:
    """The parts of a schema that a maker needs; members, items and branches are places.

    `first` are the schemas of the first elements of an array, `items` those of all others; `rest`
    are those of members without a name of their own, and `patterns` those by the pattern of a name.
    """

    keywords: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Places] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    items: Places = ()
    first: tuple[Places, ...] = ()
    rest: Places = ()
    patterns: dict[str, Places] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    places: Places = ()

    @classmethod
    def of(cls, document: Mapping[str, Any], *places: Pointer) -> Shape:
        """Return the shape of the values that fit the schemas at all places."""
        shapes = [cls._of(document, place, frozenset()) for place in places]
        return reduce(cls.also, shapes) if shapes else cls()

    @classmethod
    def _of(cls, document: Mapping[str, Any], place: Pointer, around: frozenset[Pointer]) -> Shape:
        try:
            at, schema = follow(document, place)
        except BrokenReferenceError:
            return cls(places=(place,))
        shape = cls(places=(at,))
        if not isinstance(schema, dict) or at in around:
            return shape
        if not {"allOf", "dependentSchemas"} & schema.keys():
            return cls._alone(schema, at)
        for index in range(len(schema.get("allOf", ()))):
            shape = shape.also(cls._of(document, (*at, "allOf", str(index)), around | {at}))
        for name in schema.get("dependentSchemas", ()):
            shape = shape.also(cls._of(document, (*at, "dependentSchemas", name), around | {at}))
        for marked in ("readOnly", "writeOnly"):  # they are about a member, not about its parts
            shape.keywords.pop(marked, None)
        return shape.also(cls._alone(schema, at))

    @classmethod
    def _alone(cls, schema: Mapping[str, Any], at: Pointer) -> Shape:
        """Return the shape of a schema without the parts of its allOf."""

        def below(keyword: str) -> dict[str, Places]:
            return {name: ((*at, keyword, name),) for name in schema.get(keyword, {})}

        needed = {each for names in schema.get("dependentRequired", {}).values() for each in names}
        has_rest = isinstance(schema.get("additionalProperties"), dict)
        return cls(
            keywords=_keywords(schema),
            members=below("properties"),
            required={*schema.get("required", ()), *needed},
            items=((*at, "items"),) if isinstance(schema.get("items"), dict) else (),
            first=tuple(
                ((*at, "prefixItems", str(index)),)
                for index in range(len(schema.get("prefixItems", ())))
            ),
            rest=((*at, "additionalProperties"),) if has_rest else (),
            patterns=below("patternProperties"),
            choices=_choices(schema, at),
            places=(at,),
        )

    def also(self, other: Shape) -> Shape:
        """Return the shape of the values that fit both."""
        return Shape(
            _merged(self.keywords, other.keywords),
            _joined(self.members, other.members),
            self.required | other.required,
            _once(self.items, other.items),
            max(self.first, other.first, key=len),
            _once(self.rest, other.rest),
            _joined(self.patterns, other.patterns),
            tuple(dict.fromkeys((*self.choices, *other.choices))),
            _once(self.places, other.places),
        )

    def without(self, choice: Choice) -> Shape:
        """Return the shape without one of its choices."""
        others = tuple(each for each in self.choices if each is not choice)
        return Shape(
            *(self.keywords, self.members, self.required, self.items, self.first, self.rest),
            *(self.patterns, others, self.places),
        )

    @property
    def kind(self) -> str:
        """The type, or the one that the other keywords imply; '' if none does."""
        words = self.keywords.keys()
        if "type" in words:
            return str(self.keywords["type"])
        if self.members or self.required or _OF_OBJECTS & words:
            return "object"
        if self.items or self.first or _OF_ARRAYS & words:
            return "array"
        if self.keywords.get("format") in _OF_NUMBERS:
            return "integer" if str(self.keywords["format"]).startswith("int") else "number"
        if {"pattern", "minLength", "maxLength", "format"} & words:
            return "string"
        return "number" if {"minimum", "maximum"} & words else ""

    @property
    def is_nullable(self) -> bool:
        """Whether null fits it for sure."""
        return self.keywords.get("nullable") is True and not self.choices

    @property
    def is_plain(self) -> bool:
        """Whether a value is valid exactly when it has all members and each of them is valid."""
        return (
            self.kind == "object"
            and not self.choices
            and self.required <= self.members.keys()
            and all(len(places) == 1 for places in self.members.values())
            and all(keyword in _PLAIN or keyword.startswith("x-") for keyword in self.keywords)
        )


_OF_OBJECTS = frozenset(
    {"additionalProperties", "patternProperties", "propertyNames", "minProperties"}
)
_OF_ARRAYS = frozenset({"contains", "minItems", "uniqueItems"})


def _keywords(schema: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: value for name, value in schema.items() if name not in _STRUCTURE}
    values = schema.get("enum")
    if isinstance(values, list) and None not in values:
        words["nullable"] = False
    elif "type" in schema:
        words["nullable"] = schema.get("nullable") is True
    return words


def _choices(schema: Mapping[str, Any], at: Pointer) -> tuple[Choice, ...]:
    found = [
        Choice(
            tuple(((*at, keyword, str(index)),) for index in range(len(schema[keyword]))),
            exactly=keyword == "oneOf",
        )
        for keyword in ("oneOf", "anyOf")
        if schema.get(keyword)
    ]
    if "if" in schema:
        then = ((*at, "if"), *([(*at, "then")] if "then" in schema else []))
        found.append(Choice((then, ((*at, "else"),) if "else" in schema else ())))
    return tuple(found)


def _once(one: Places, other: Places) -> Places:
    return tuple(dict.fromkeys((*one, *other)))


def _joined(one: Mapping[str, Places], other: Mapping[str, Places]) -> dict[str, Places]:
    names = dict.fromkeys((*one, *other))
    return {name: _once(one.get(name, ()), other.get(name, ())) for name in names}


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of what fits both; those that cannot be merged are the other's."""
    merged = {**one, **other}
    for keyword in one.keys() & other.keys() & _MERGED.keys():
        try:
            merged[keyword] = _MERGED[keyword](one[keyword], other[keyword])
        except TypeError:
            continue  # one of them is not of the type that it should be
    for keyword, owner in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if owner in merged and keyword in merged:
            owners = [each for each in (one, other) if each.get(owner) == merged[owner]]
            merged[keyword] = any(each.get(keyword) is True for each in owners)
    return merged


def _enum(one: list[Any], other: list[Any]) -> list[Any]:
    return [value for value in one if value in other] or other


def _type(one: str, other: str) -> str:
    return "integer" if {one, other} == {"integer", "number"} else other


_MERGED: Mapping[str, Any] = {
    **dict.fromkeys(("minimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "maxLength", "maxItems", "maxProperties"), min),
    "nullable": lambda one, other: one is True and other is True,
    "enum": _enum,
    "type": _type,
}
