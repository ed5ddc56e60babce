"""Compiled schemas: bodies are judged by the contract; each violation has its requirement.

Schemas are compiled once. A schema and its laws find the same kind of violation.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from ..describing import actual, expectation
from ..documents.pointers import follow, get, join
from ..visible import cut, encodable, line
from . import bounds, excerpt
from .groups import Group
from .laws import Law, LawBook, LawError
from .violations import Judgement, Violation, standing
from .writer import Direction, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..documents.pointers import Pointer

ELEMENT = "0"
"""The step of a place into an array: one schema describes all elements."""
MOST_ELEMENTS = 20_000
"""The elements of a value in which every violation is looked for."""
_LONGEST_MESSAGE = 300
_MOST_KEPT = 24_000
"""Schemas that are compiled at a time, with all that they refer to."""
_NO_REQUEST: Mapping[str, Any] = {}


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


class Schema:
    """One compiled schema."""

    def __init__(self, schemas: Schemas, place: Pointer, direction: Direction) -> None:
        self.place = place
        self._schemas = schemas
        self.direction = direction
        self._compiled: jsonschema_rs.Draft202012Validator | None = None
        self.is_valid: Callable[[Any], bool] = self._is_valid
        """Whether a value is valid, its laws aside."""

    @property
    def json_schema(self) -> dict[str, Any]:
        """The schema as a JSON schema of its own."""
        return self._schemas.rewrite(self.place, self.direction)

    @property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        compiled = self._compiled
        if compiled is None:
            schema = self.json_schema
            compiled = self._compiled = jsonschema_rs.Draft202012Validator(
                schema, validate_formats=True, ignore_unknown_formats=True
            )
            self.is_valid = compiled.is_valid
            self._schemas.keep(self, 1 + len(schema.get("$defs", ())))
        return compiled

    def _is_valid(self, value: Any) -> bool:
        return self._validator.is_valid(value)

    def release(self) -> None:
        """Forget what was compiled; it is compiled again when it is needed."""
        self._compiled, self.is_valid = None, self._is_valid

    def check(self) -> None:
        """Raise what `Schemas.at` does if the schema cannot be compiled."""
        names = (join(self.place), *self.json_schema.get("$defs", ()))
        for refused, reason in self._schemas.refused.items():
            if any(f"{join(refused)}/".startswith(f"{name}/") for name in names):
                raise ValueError(reason)

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """The laws at and below its place."""
        found: list[Law] = []
        seen: set[Pointer] = set()
        ahead = [self.place]
        while ahead:
            node = self._schemas.node(ahead.pop())
            if node.place not in seen:
                seen.add(node.place)
                found += node.laws.laws if node.laws is not None else ()
                ahead += [*node.members.values(), *node.also]
                ahead += [node.element] if node.element else []
        return tuple(found)

    @property
    def root(self) -> Node:
        """The node of the schema itself."""
        return self._schemas.node(self.place)

    def node_at(self, place: Pointer) -> Node | None:
        """Return the node of a place in its values, None without one."""
        return self._schemas.below(self.place, place)

    def accepts(self, value: Any, request: Mapping[str, Any] = _NO_REQUEST) -> bool:
        """Whether a value has no violation."""
        try:
            if not self.is_valid(value) and (
                not bounds.is_inexact(request) or self.violations(value, request)
            ):
                return False
        except UnicodeEncodeError:
            return self.accepts(printable(value), request)
        return not self.laws or not self._judged(value, request, []).violations

    def mistakes(self, value: Any, *, deep: bool) -> Iterator[tuple[Pointer, list[str]]]:
        """Yield the place of each error, and the members there that are not expected.

        `deep` looks for it in the branch that fits best; otherwise it is where the branches are.
        """
        for error in self._validator.iter_errors(value):
            for inner in _deepest(error) if deep else [error]:
                place = tuple(str(part) for part in inner.instance_path)
                yield place, list(getattr(inner.kind, "unexpected", None) or ())

    def violations(
        self,
        value: Any,
        request: Mapping[str, Any] = _NO_REQUEST,
        received: Any = None,
        most: int = MOST_ELEMENTS,
    ) -> list[Violation]:
        """Return the violations of the schema, by place; raise UnicodeError on a lone surrogate.

        `received` is the value with its lone surrogates, if it has any, for the messages. Of a
        value with more than `most` elements, they are the first ones.
        """
        repeats = bounds.is_inexact(request)
        found: dict[tuple[Pointer, str | None], Violation] = {}
        for error in excerpt.errors(self._validator, value, most):
            path = [str(part) for part in error.instance_path]
            missing = getattr(error.kind, "property", None)
            missing = (
                missing if isinstance(missing, str) and error.kind.name == "required" else None
            )
            place = (*path, missing) if missing is not None else tuple(path)
            requirement = self._schemas.tied(self.place, error.evaluation_path, missing)
            node = self.node_at(place)
            expected = expectation(node, self._schemas) if node else error.message
            if node is not None and (more := bounds.of_format(node.schema, error.kind.name)):
                if repeats:
                    continue
                expected = f"{expected}, {more}"
            elif missing is None and error.kind.name not in _TOLD_BY_SCHEMA:
                message = cut(line(cut(error.message, 2 * _LONGEST_MESSAGE)), _LONGEST_MESSAGE)
                expected = f"{expected} ({message})" if node else message
            instance = error.instance
            if received is not None:
                with contextlib.suppress(LookupError):  # a name on the way was replaced
                    instance = get(received, tuple(path))
            got = "nothing, the member is missing" if missing is not None else actual(instance)
            found.setdefault((place, requirement), Violation(requirement, place, expected, got))
        return sorted(found.values(), key=lambda violation: standing(violation.place))

    def judge(
        self,
        value: Any,
        request: Mapping[str, Any] = _NO_REQUEST,
        most: int = MOST_ELEMENTS,
    ) -> Judgement:
        """Judge a value by the schema and its laws, and count what could be judged.

        `most` is for `violations`.
        """
        received = None
        try:
            violations = [] if self.is_valid(value) else self.violations(value, request, None, most)
        except UnicodeEncodeError:
            value, received = printable(value), value
            violations = self.violations(value, request, received, most)
        return self._judged(value, request, violations)

    def _judged(
        self, value: Any, request: Mapping[str, Any], violations: list[Violation]
    ) -> Judgement:
        """Add what the laws find to the `violations` of the schema."""
        judged: Counter[str] = Counter()
        wrong = [violation.place for violation in violations]
        # Elements that one schema describes are judged together, wherever they stand.
        ahead = [Group(self.root, [value])]
        while ahead:
            group = ahead.pop()
            node, elements = group.node, group.elements
            if not elements:
                continue
            if node.requirement is not None:
                judged[node.requirement] += len(elements)
            if node.laws is not None:
                violations += group.breaches(node.laws, request, wrong, judged)
            if not node.is_leaf:
                ahead += self._inside(group, judged, valid=not wrong)
        # A member that is missing was not met on the way, and yet was judged.
        for violation in violations:
            if violation.requirement is not None and not judged[violation.requirement]:
                judged[violation.requirement] = 1
        return Judgement(sorted(violations, key=lambda each: standing(each.place)), judged)

    def _inside(self, group: Group, judged: Counter[str], *, valid: bool) -> Iterator[Group]:
        """Yield the members of elements, by schema; count those that need no further judgement."""
        node, node_at = group.node, self._schemas.node
        if node.members:
            objects = [each for each in group.elements if isinstance(each, dict)]
            visited = self._schemas.open(node) if valid else node.members.items()
            if valid:
                for requirement in node.sure:
                    judged[requirement] += len(objects)
            for name, place in visited:
                inside = [each[name] for each in objects if name in each]
                yield Group(node_at(place), inside, group, name)
        if node.element is not None:
            inside = [inner for each in group.elements if isinstance(each, list) for inner in each]
            yield Group(node_at(node.element), inside, group)
        for other in node.also:
            yield Group(node_at(other), group.elements, group)

    def walk(self, value: Any) -> Iterator[tuple[Pointer, Node, Any]]:
        """Yield every element of a value that the schema describes: its place, node and value."""
        # A stack, for generators within generators hand every element up through all levels.
        node_at = self._schemas.node
        ahead: list[tuple[Pointer, Node, Any]] = [((), self.root, value)]
        while ahead:
            place, node, element = step = ahead.pop()
            yield step
            if isinstance(element, dict):
                ahead += [
                    ((*place, name), node_at(node.members[name]), element[name])
                    for name in reversed(node.members)
                    if name in element
                ]
            elif isinstance(element, list) and node.element is not None:
                inside = node_at(node.element)
                ahead += [
                    ((*place, str(index)), inside, element[index])
                    for index in range(len(element) - 1, -1, -1)
                ]
            ahead += [(place, node_at(other), element) for other in reversed(node.also)]


def _deepest(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors in the branch that fits furthest, or the error if there are no branches."""
    branches = [branch for branch in getattr(error.kind, "context", None) or () if branch]
    if not branches:
        yield error
        return
    for inner in max(branches, key=lambda each: max(len(one.instance_path) for one in each)):
        yield from _deepest(inner)


# Kinds of error whose expectation the schema in words already tells in full.
_TOLD_BY_SCHEMA = frozenset(
    {
        *("type", "enum", "const", "format", "anyOf", "oneOf", "required", "pattern"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems"),
    }
)


def printable(value: Any) -> Any:
    """Return a value with every lone surrogate replaced, since they cannot be encoded.

    A text keeps its length; names keep apart.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [printable(element) for element in value]
    if isinstance(value, dict):
        return {encodable(name): printable(element) for name, element in value.items()}
    return value
