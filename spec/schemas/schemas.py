"""The schemas of a document: each as a node of a walk over values, and compiled."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..documents.pointers import follow, get
from ..laws.expressions import LawError
from ..laws.laws import Law, LawBook
from . import bounds
from .validation import Schema
from .writer import Direction, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer

ELEMENT = "0"
"""The step of a place into an array: one schema describes all elements."""
_MOST_KEPT = 24_000
"""Schemas that are compiled at a time, with all that they refer to."""


@dataclass(slots=True)
class Node:
    """A schema as seen by a walk over its values, with its laws and requirements.

    `sure` are the requirements of the members that every valid object has and that contain nothing
    else to judge; the other members are `open`.
    """

    place: Pointer
    schema: Mapping[str, Any]
    requirement: str | None
    laws: LawBook | None
    members: dict[str, Pointer]
    element: Pointer | None
    also: tuple[Pointer, ...]
    personal: bool
    stable: bool
    sure: tuple[str, ...] = ()
    open: tuple[tuple[str, Pointer], ...] | None = None
    is_leaf: bool = field(init=False)
    """Whether there is nothing to judge below the value itself."""

    def __post_init__(self) -> None:
        self.is_leaf = not (self.laws or self.members or self.element or self.also)


class Schemas:
    """All schemas of one document, each compiled when it is first asked for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._compiled: dict[tuple[Pointer, Direction], Schema] = {}
        self._nodes: dict[Pointer, Node] = {}
        self._writers = {direction: Writer(document, direction) for direction in Direction}
        self._kept: dict[Schema, int] = {}
        self._lock = threading.Lock()
        self.is_sound = False
        """Whether every `$ref` is known to lead to a schema, and none is refused."""
        self.refused: Mapping[Pointer, str] = {}
        """Schemas that are not compiled, by place, with the reason."""

    def at(self, place: Pointer, direction: Direction = Direction.RESPONSE) -> Schema:
        """Return the compiled schema at a place.

        Raises BrokenReferenceError for a `$ref` that fails, LawError for a law that cannot be used,
        and ValueError for what is not a JSON schema.
        """
        key = (place, direction)
        if key not in self._compiled:
            schema = Schema(self, place, direction)
            if not self.is_sound:
                schema.check()
            self._compiled[key] = schema
        return self._compiled[key]

    def keep(self, schema: Schema, size: int) -> None:
        """Keep a compiled schema, and release the oldest ones if they are too many together."""
        with self._lock:
            self._kept[schema] = size
            while sum(self._kept.values()) > _MOST_KEPT and len(self._kept) > 1:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                oldest.release()

    def node(self, place: Pointer) -> Node:
        """Return the node at a place, references followed."""
        node = self._nodes.get(place)
        if node is None:
            node = self._nodes[place] = self._node(place)
        return node

    def below(self, start: Pointer, place: Pointer) -> Node | None:
        """Return the node of a place in the values of the schema at `start`, None without one."""
        node: Node | None = self.node(start)
        for part in place:
            node = node and self._child(node, part)
        return node

    def _child(self, node: Node, part: str) -> Node | None:
        if part in node.members:
            return self.node(node.members[part])
        first = node.schema.get("prefixItems", ())
        if part in map(str, range(len(first))):
            return self.node((*node.place, "prefixItems", part))
        if node.element is not None and part.isdecimal():
            return self.node(node.element)
        found = (self._child(self.node(other), part) for other in node.also)
        return next(filter(None, found), None)

    def branches(self, node: Node, *keywords: str) -> Iterator[Node]:
        """Yield the branches of a node under keywords such as anyOf."""
        for keyword in keywords:
            for index in range(len(node.schema.get(keyword, ()))):
                yield self.node((*node.place, keyword, str(index)))

    def with_branches(self, node: Node, seen: set[Pointer] | None = None) -> Iterator[Node]:
        """Yield a node and those in its allOf, anyOf and oneOf, each once."""
        seen = set() if seen is None else seen
        if node.place not in seen:
            seen.add(node.place)
            yield node
            for branch in self.branches(node, "allOf", "anyOf", "oneOf"):
                yield from self.with_branches(branch, seen)

    def _node(self, start: Pointer) -> Node:
        place, schema = follow(self._document, start)
        schema = schema if isinstance(schema, dict) else {}
        beside = get(self._document, start)
        laws = [
            _law(entry, (*place, "x-validations", str(index)))
            for index, entry in enumerate(
                (*schema.get("x-validations", ()), *bounds.laws(schema, place))
            )
        ]
        # With first elements of their own, one schema does not describe all of them.
        has_elements = "items" in schema and not schema.get("prefixItems")
        return Node(
            place=place,
            schema=schema,
            requirement=tie(schema) or tie(beside),
            laws=LawBook(laws) if laws else None,
            members={name: (*place, "properties", name) for name in schema.get("properties", {})},
            element=(*place, "items") if has_elements else None,
            also=tuple((*place, "allOf", str(i)) for i in range(len(schema.get("allOf", ())))),
            personal=_is_true("x-personal", schema, beside),
            stable=_is_true("x-stable", schema, beside),
        )

    def open(self, node: Node) -> tuple[tuple[str, Pointer], ...]:
        """Return the members that have to be visited even in a valid object."""
        if node.open is None:
            self._divide(node)
        return node.open or ()

    def _divide(self, node: Node) -> None:
        required = node.schema.get("required", ())
        sure: list[str] = []
        open_: list[tuple[str, Pointer]] = []
        for name, place in node.members.items():
            member = self.node(place)
            goes_both_ways = not any(member.schema.get(way.value) for way in Direction)
            if name in required and goes_both_ways and member.is_leaf:
                sure += [member.requirement] if member.requirement is not None else []
            else:
                open_.append((name, place))
        node.sure, node.open = tuple(sure), tuple(open_)

    def rewrite(self, place: Pointer, direction: Direction) -> dict[str, Any]:
        """Return the schema at a place as a JSON schema of its own (draft 2020-12)."""
        return self._writers[direction].whole(place)

    def tied(self, place: Pointer, path: list[str | int], missing: str | None) -> str | None:
        """Return the requirement of the innermost element on an evaluation path that has one."""
        found = self.node(place).requirement
        for part in path:
            place, schema = follow(self._document, place)
            if part == "$ref":
                continue
            try:
                element = get(schema, (str(part),))
            except LookupError:
                return found
            place = (*place, str(part))
            if isinstance(element, dict):
                _, target = follow(self._document, place)
                found = tie(target) or tie(element) or found
        if missing is not None:
            parent, schema = follow(self._document, place[:-1])
            if missing in schema.get("properties", {}):
                found = self.node((*parent, "properties", missing)).requirement or found
        return found


def _law(entry: Any, place: Pointer) -> Law:
    try:
        return Law.compile(entry)
    except LawError as error:
        raise LawError(str(error), (*place, *error.place)) from None


def _is_true(extension: str, *elements: object) -> bool:
    return any(isinstance(each, dict) and each.get(extension) is True for each in elements)


def tie(element: object) -> str | None:
    """Return the requirement that an element is linked to as a whole, if any."""
    requirement = element.get("x-requirement") if isinstance(element, dict) else None
    if isinstance(requirement, dict):
        requirement = requirement.get("value")
    return requirement if isinstance(requirement, str) else None
