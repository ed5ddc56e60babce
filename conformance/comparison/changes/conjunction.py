"""Schemas as conjunctions: a schema, what its `$ref` leads to, and all that is in its allOf.

Two schemas that say the same in another arrangement are the same conjunction, so that moving a part
into a component, or an allOf into its schema, is no change.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.documents.pointers import BrokenReferenceError, follow, get
from ....spec.schemas.keywords import LIST, MAP, SCHEMA, judging

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.schemas.writer import Direction

Places: TypeAlias = "tuple[Pointer, ...]"
"""The places of the schemas that a value has to be valid by."""

_MOST_EXPANDED = 5_000
TYPES = frozenset({"null", "boolean", "integer", "fraction", "string", "array", "object"})
"""The types of JSON; a number is an integer or has a fraction."""
_PYTHON = {bool: "boolean", int: "integer", float: "fraction", str: "string", list: "array"}
_TYPING = ("anyOf", "oneOf")
_WITH_NULL = 2


class Conjunction:
    """All schemas that a value at some places has to be valid by.

    With `is_text`, values are sent as texts, as those of a query are.
    """

    def __init__(self, contract: Contract, places: Places, *, is_text: bool = False) -> None:
        self._contract, self._document = contract, contract.document
        self.is_text = is_text
        self.parts: dict[Pointer, dict[str, Any]] = {}
        self.starts = places
        self._judging = judging(self._document)
        self._or_null: dict[Pointer, Pointer] = {}
        """Parts that are in an anyOf or oneOf with null alone, each with the place of that."""
        for place in places:
            self._add(place)

    def _add(self, start: Pointer) -> None:
        ahead: list[tuple[Pointer, Pointer | None]] = [(start, None)]
        while ahead:
            at, or_null = ahead.pop(0)
            try:
                place, schema = follow(self._document, at)
            except BrokenReferenceError:
                continue
            if place in self.parts or not isinstance(schema, dict):
                continue
            if or_null is not None:
                self._or_null[place] = or_null
            every = range(len(schema.get("allOf", ())))
            ahead += [((*place, "allOf", str(n)), or_null) for n in every]
            for keyword, branch in self._beside_null(place, schema):
                schema = {k: v for k, v in schema.items() if k != keyword}
                ahead.append((branch, or_null or (*place, keyword)))
            self.parts[place] = schema

    def _beside_null(self, place: Pointer, schema: dict[str, Any]) -> Iterator[tuple[str, Pointer]]:
        """Yield each anyOf and oneOf of null and one more branch, with the place of that one."""
        for keyword in _TYPING:
            branches = schema.get(keyword)
            if not isinstance(branches, list) or len(branches) != _WITH_NULL:
                continue
            nulls = [_types_of_branches([each]) == frozenset({"null"}) for each in branches]
            if nulls.count(True) != 1:
                continue
            branch = (*place, keyword, str(nulls.index(False)))
            # What says nothing about null by its type may refuse it all the same.
            if "null" not in self._types_at(branch):
                yield keyword, branch

    def _types_at(self, start: Pointer) -> frozenset[str]:
        """Return the types that a schema and its allOf allow."""
        found, seen, ahead = TYPES, set(), [start]
        while ahead:
            try:
                place, schema = follow(self._document, ahead.pop())
            except BrokenReferenceError:
                continue
            if place not in seen and isinstance(schema, dict):
                seen.add(place)
                found &= _types(schema)
                ahead += [(*place, "allOf", str(n)) for n in range(len(schema.get("allOf", ())))]
        return found

    def values(self, keyword: str) -> list[tuple[Pointer, Any]]:
        """Return the values of a keyword, each with its place."""
        found = self.parts.items()
        return [((*place, keyword), part[keyword]) for place, part in found if keyword in part]

    def place(self, *keywords: str) -> Pointer:
        """Return the place of the first of some keywords, or of the schema if it has none."""
        for keyword in keywords:
            for place, _ in self.values(keyword):
                return place
        return next(iter(self.parts), next(iter(self.starts), ()))

    def place_of_null(self) -> Pointer:
        """Return the place that says whether null is allowed."""
        for place, part in self.parts.items():
            if place in self._or_null:
                return self._or_null[place]
            if "nullable" in part:
                return (*place, "nullable")
        first = next(iter(self.parts), ())
        return (*first, "type") if "type" in self.parts.get(first, {}) else self.place()

    def flag(self, name: str) -> bool:
        """Whether a member is true in one of the schemas, or beside the `$ref` to one."""
        beside = (get(self._document, start) for start in self.starts)
        found = (*beside, *self.parts.values())
        return any(isinstance(each, dict) and each.get(name) is True for each in found)

    @property
    def names(self) -> set[str]:
        """The keywords of all schemas."""
        return {keyword for part in self.parts.values() for keyword in part}

    @property
    def asserting(self) -> set[str]:
        """The keywords that judge a value, but for those that only combine schemas."""
        return self.names & self._judging - {"allOf"}

    def children(self, keyword: str) -> Places:
        """Return the places of the schemas that a keyword has."""
        return tuple(place for place, value in self.values(keyword) if isinstance(value, dict))

    def children_of_list(self, keyword: str) -> list[Pointer]:
        """Return the places of the schemas in the first array that a keyword has."""
        found = self.values(keyword)
        return [(*place, str(n)) for place, value in found[:1] for n in range(len(value))]

    def at(self, places: Places) -> Conjunction:
        """Return the conjunction at other places of the same document."""
        return Conjunction(self._contract, places, is_text=self.is_text)

    def admits(self, value: Any, direction: Direction) -> bool:
        """Whether a value is valid, laws aside."""
        schemas = (self._contract.schemas.at(start, direction) for start in self.starts)
        return all(each.is_valid(value) for each in schemas)

    def written(self, value: Any) -> str:
        """Return how a value is written: as a text, or in JSON."""
        if self.is_text and isinstance(value, str):
            return value
        if isinstance(value, float) and value == value // 1:
            value = int(value)
        return json.dumps(value, sort_keys=True)

    def properties(self) -> dict[str, Places]:
        """Return the places of the schemas of each property."""
        found: dict[str, Places] = {}
        for place, value in self.values("properties"):
            for name in value:
                found[name] = (*found.get(name, ()), (*place, name))
        return found

    def groups(self) -> list[tuple[str, list[Pointer]]]:
        """Return each anyOf and oneOf with the places of its branches, but for those of types."""
        return [
            (keyword, [(*place, str(n)) for n in range(len(value))])
            for keyword in _TYPING
            for place, value in self.values(keyword)
            if _types_of_branches(value, keyword) is None
        ]

    def types(self) -> frozenset[str]:
        """Return the types that are allowed."""
        found = TYPES
        for place, part in self.parts.items():
            found &= _types(part) | ({"null"} if place in self._or_null else frozenset())
        return found

    def admitted(self) -> frozenset[str]:
        """Return the types that are allowed, as far as values show them.

        Of texts, each is a string, even one that other schemas take for a number, and none is null.
        """
        types = self.types()
        if not self.is_text:
            return types
        return (TYPES if "string" in types else types) - {"null"}

    def required(self) -> set[str]:
        """Return the names of the required properties."""
        return {name for _, value in self.values("required") for name in value}

    def additional(self) -> bool | Places:
        """Return the places of the schemas of other properties, or whether they are allowed."""
        found = self.values("additionalProperties")
        if any(value is False for _, value in found):
            return False
        return tuple(place for place, value in found if isinstance(value, dict) and value) or True

    def texts(self, keyword: str) -> dict[str, Pointer]:
        """Return the values of a keyword as texts that are equal if they say the same."""
        return {self._text(value, keyword): place for place, value in self.values(keyword)}

    def _text(self, value: Any, keyword: str) -> str:
        budget = [_MOST_EXPANDED]
        if keyword in SCHEMA:
            value = self._expanded(value, (), budget)
        elif keyword in MAP:
            value = {name: self._expanded(each, (), budget) for name, each in value.items()}
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)

    def _expanded(self, schema: Any, seen: tuple[str, ...], budget: list[int]) -> Any:
        """Return a schema with what its references lead to, and without what judges nothing."""
        budget[0] -= 1
        if not isinstance(schema, dict) or budget[0] < 0:
            return schema
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in seen:
                return {"$ref": len(seen) - seen.index(reference)}
            try:
                _, target = follow({**self._document, "$ref": schema}, ("$ref",))
            except BrokenReferenceError:
                return schema
            return self._expanded(target, (*seen, reference), budget)
        return dict(self._members(schema, seen, budget))

    def _members(
        self, schema: Mapping[str, Any], seen: tuple[str, ...], budget: list[int]
    ) -> Iterator[tuple[str, Any]]:
        for keyword, value in schema.items():
            if keyword in LIST and isinstance(value, list):
                yield keyword, [self._expanded(each, seen, budget) for each in value]
            elif keyword in MAP and isinstance(value, dict):
                inner = {n: self._expanded(each, seen, budget) for n, each in value.items()}
                yield keyword, inner
            elif keyword in SCHEMA:
                yield keyword, self._expanded(value, seen, budget)
            elif keyword in self._judging or keyword in {"nullable", "x-validations"}:
                yield keyword, value

    def text(self) -> str:
        """Return all of it as one text, equal to that of a schema that says the same."""
        budget = [_MOST_EXPANDED]
        found = [self._expanded(part, (), budget) for part in self.parts.values()]
        texts = [json.dumps(each, sort_keys=True, default=str) for each in found]
        return "\n".join(sorted([*texts, *(["or null"] if self._or_null else [])]))


def _types(part: Mapping[str, Any]) -> frozenset[str]:
    found = _types_with_fractions(part)
    divisor = part.get("multipleOf")
    # Multiples of an integer are integers.
    is_whole = isinstance(divisor, int | float) and divisor and divisor % 1 == 0
    return found - {"fraction"} if is_whole and "type" in part else found


def _types_with_fractions(part: Mapping[str, Any]) -> frozenset[str]:
    named = part.get("type")
    if isinstance(named, str):
        found = _named(named)
    elif "enum" in part:
        found = frozenset(map(_type_of, part["enum"]))
    else:
        branches = (_types_of_branches(part[each], each) for each in _TYPING if each in part)
        found = next(filter(None, branches), TYPES)
    return found | {"null"} if part.get("nullable") is True else found


def _named(name: str) -> frozenset[str]:
    return frozenset({"integer", "fraction"}) if name == "number" else frozenset({name})


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    kind = _PYTHON.get(type(value), "object")
    return "integer" if kind == "fraction" and value == value // 1 else kind


def _types_of_branches(branches: Any, keyword: str = "anyOf") -> frozenset[str] | None:
    """Return the types that branches of nothing else allow, None if there is something else.

    That is so, too, if a value can be valid by two branches of oneOf.
    """
    found: frozenset[str] = frozenset()
    for branch in branches:
        if not isinstance(branch, dict) or branch.keys() - {"type", "title", "description"}:
            return None
        if not isinstance(branch.get("type"), str):
            return None
        types = _named(branch["type"])
        if keyword == "oneOf" and found & types:
            return None
        found |= types
    return found
