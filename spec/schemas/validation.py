"""Compiled schemas: bodies are judged by the contract; each violation has its requirement.

Schemas are compiled once. A schema and its laws find the same kind of violation.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from ..describing import actual, expectation
from ..documents.pointers import get, join
from ..visible import cut, encodable, line
from . import bounds, excerpt
from .groups import Group
from .violations import MISSING, Judgement, Violation, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..documents.pointers import Pointer
    from ..laws.laws import Law
    from .schemas import Node, Schemas
    from .writer import Direction

MOST_ELEMENTS = 20_000
"""The elements of a value in which every violation is looked for."""
_LONGEST_MESSAGE = 300
_NO_REQUEST: Mapping[str, Any] = {}


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
            got = MISSING if missing is not None else actual(instance)
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
