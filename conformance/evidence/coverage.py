"""Coverage: which parts of the contract the responses of a run had, how often, and which never.

A run without findings says nothing about what was not returned. Coverage lists what was: each value
of an enum, null and not null, every alternative, empty and filled arrays, the kinds of pages,
statuses, and codes of errors. All of it follows from the contract.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from ...mock.faults.places import ANY
from ...spec.describing import actual, expectation
from ...spec.documents.pointers import join
from .bodies import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...spec.documents.pointers import Pointer
    from ...spec.model.error_form import ErrorForm
    from ...spec.model.lists import Pagination
    from ...spec.model.operation import Operation
    from ...spec.schemas.schemas import Node, Schemas
    from ..records.record import Record
    from .evidence import Evidence

    _Tests: TypeAlias = dict[Pointer, dict["Point", Callable[[Any], bool]]]

_SUCCESS, _SERVER_ERROR = 2, 5
_TOO_MANY = 429


class Group(StrEnum):
    """The kind of a point."""

    MEMBER = "member"
    PAGE = "page"
    STATUS = "status"
    ERROR_CODE = "error code"


@dataclass(frozen=True, slots=True)
class Point:
    """One part of the contract that a response can have.

    `place` is a JSON pointer with * for every element of an array, '' if it is about no member.
    `counted` says whether it depends on the data alone; other points, such as 503, are listed and
    left out of the percentage. `hint` says what would cover it.
    """

    operation: str
    group: Group
    place: str
    value: str
    hint: str
    counted: bool

    @property
    def label(self) -> str:
        """The point in a few words."""
        if self.place or self.value.startswith(("is ", "has ")):
            return f"{self.place or 'the body'} {self.value}"
        return self.value


@dataclass(frozen=True)
class Coverage:
    """How often each point was seen, in the order of the contract."""

    points: tuple[Point, ...] = ()
    seen: Mapping[Point, int] = field(default_factory=dict)

    @property
    def counted(self) -> list[Point]:
        """The points that depend on the data alone."""
        return [point for point in self.points if point.counted]

    @property
    def shown(self) -> int:
        """How many of the counted points were seen."""
        return sum(self.seen.get(point, 0) > 0 for point in self.counted)

    @property
    def percent(self) -> int:
        """The percentage of the counted points that was seen, rounded down; 100 without any."""
        return 100 * self.shown // len(self.counted) if self.counted else 100

    def together(self, other: Coverage) -> Coverage:
        """Return the coverage of two parts of a run together."""
        points = dict.fromkeys((*self.points, *other.points))
        return Coverage(tuple(points), Counter(self.seen) + Counter(other.seen))

    @property
    def missing(self) -> list[Point]:
        """The counted points that were never seen: nothing is known about them."""
        return [point for point in self.counted if not self.seen.get(point)]


def coverage_of(evidence: Evidence) -> Coverage:
    """Return what the responses of a run covered of the operations that it requested."""
    seen: Counter[Point] = Counter()
    points: list[Point] = []
    for operation in evidence.contract.operations:
        records = [r for r in evidence.answered if r.operation is operation]
        if records:
            for part in _of(evidence, operation):
                points += part.points
                part.count(records, seen)
    return Coverage(tuple(points), seen)


def row_points(
    schemas: Schemas, operation: Operation, node: Node
) -> tuple[list[Point], Callable[[Any], set[Point]]]:
    """Return the points of a row with the schema `node`, and a function from a row to its own."""
    members = _Members(schemas, operation, node)
    return members.points, lambda row: set(members.seen_in([row]))


@dataclass(frozen=True, slots=True)
class _Part:
    points: Sequence[Point]
    count: Callable[[Sequence[Record], Counter[Point]], None]


def _of(evidence: Evidence, operation: Operation) -> Iterator[_Part]:
    contract = evidence.contract
    if operation.schema is not None:
        members = _Members(contract.schemas, operation, operation.schema.root)
        yield _Part(members.points, members.count)
    if operation.pagination is not None:
        yield _pages(evidence, operation, operation.pagination)
    yield _statuses(operation)
    if contract.error is not None:
        yield _codes(contract.error, operation)


class _Members:
    """The points of the members of bodies, and how often bodies show each."""

    def __init__(self, schemas: Schemas, operation: Operation, root: Node) -> None:
        self._schemas = schemas
        self._operation = operation
        self._root = Place(schemas, [root])
        self._tests_at = self._grown((), root)

    @property
    def points(self) -> list[Point]:
        """All points, in the order of the schema."""
        return [point for tests in self._tests_at.values() for point in tests]

    def seen_in(self, bodies: Sequence[Any]) -> Counter[Point]:
        """Return how often bodies show each of the points."""
        seen: Counter[Point] = Counter()
        for place, values in self._root.visits(bodies):
            for point, test in self._tests_at.get(place.pointer, {}).items():
                if number := sum(map(test, values)):
                    seen[point] += number
        return seen

    def count(self, records: Sequence[Record], seen: Counter[Point]) -> None:
        """Count the points in the bodies of successes."""
        # A page that is read again shows nothing new, and need not be looked at again.
        bodies = Counter(r.response.body for r in records if r.response and r.is_success)
        read = {r.response.body: r.body for r in records if r.response}
        by_times: dict[int, list[Any]] = {}
        for body, times in bodies.items():
            by_times.setdefault(times, []).append(read[body])
        for times, alike in by_times.items():
            for point, number in self.seen_in(alike).items():
                seen[point] += number * times

    def _grown(self, place: Pointer, node: Node, above: frozenset[Pointer] = frozenset()) -> _Tests:
        """Return the points of a place and of those below it, by place."""
        if node.place in above:
            return {}  # a schema that holds itself
        above |= {node.place}
        here = {self._point(place, value): test for value, test in self._tests(node)}
        grown = {place: here}
        required = set(node.schema.get("required", ()))
        for name, below in node.members.items():
            grown |= self._grown((*place, name), self._schemas.node(below), above)
            if name not in required:
                for value, present in (("is there", True), ("is left out", False)):
                    point = self._point((*place, name), value)
                    here[point] = _has(name, present=present)
        if node.element is not None:
            grown |= self._grown((*place, ANY), self._schemas.node(node.element), above)
        for other in node.also:
            for at, tests in self._grown(place, self._schemas.node(other), above).items():
                # What two parts of an allOf say alike is one point.
                grown[at] = {**grown.get(at, {}), **tests}
        return grown

    def _tests(self, node: Node) -> Iterator[tuple[str, Callable[[Any], bool]]]:
        schema = node.schema
        if schema.get("nullable") is True:
            yield "is null", lambda value: value is None
            yield "is not null", lambda value: value is not None
        if len(schema.get("enum", ())) > 1:
            for each in schema["enum"]:
                yield f"is {actual(each)}", _equals(each)
        if schema.get("type") == "boolean":
            yield "is true", lambda value: value is True
            yield "is false", lambda value: value is False
        if schema.get("type") == "array":
            yield "is empty", lambda value: value == []
            yield "has elements", lambda value: isinstance(value, list) and bool(value)
        if "pattern" in schema and self._schemas.at(node.place).is_valid(""):
            yield 'is ""', _equals("")
            yield 'is not ""', lambda value: isinstance(value, str) and value != ""
        for branch in self._schemas.branches(node, "anyOf", "oneOf"):
            words = expectation(branch, self._schemas)
            yield f"is {words}", self._schemas.at(branch.place).is_valid

    def _point(self, place: Pointer, value: str) -> Point:
        hint = f"a response in which {join(place) or 'the body'} {value}"
        return Point(self._operation.id, Group.MEMBER, join(place), value, hint, counted=True)


def _equals(expected: Any) -> Callable[[Any], bool]:
    return lambda value: type(value) is type(expected) and value == expected


def _has(name: str, *, present: bool) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and (name in value) is present


def _valued(points: Iterable[Point], shown: Callable[[Record], Iterable[str]]) -> _Part:
    """Return a part of points about no member; `shown` yields the values a record shows."""
    by_value = {point.value: point for point in points}

    def count(records: Sequence[Record], seen: Counter[Point]) -> None:
        seen.update(
            by_value[value] for record in records for value in shown(record) if value in by_value
        )

    return _Part(list(by_value.values()), count)


def _pages(evidence: Evidence, operation: Operation, paging: Pagination) -> _Part:
    size = paging.size.name
    hints = {
        "a full page": f"a list with at least {size} rows",
        "a last page that is not full": f"a list whose total {size} does not divide",
        "a last page that is full": f"a list whose total {size} divides",
        "a list on one page": f"a list with at most {size} rows",
        "a list without rows": "a list without rows, named in addition",
        "a page past the last one": "a request for such a page",
    }

    def shown(record: Record) -> Iterator[str]:
        reading = record.reading
        if not (reading.is_valid and reading.page and reading.size):
            return
        rows = len(record.items or ())
        is_full = rows == reading.size
        if is_full:
            yield "a full page"
        if rows and reading.first_row + rows == record.total:
            yield "a last page that is full" if is_full else "a last page that is not full"
            if reading.first_row == 0:
                yield "a list on one page"
        if record.is_success and record.total == 0 and record.items == []:
            yield "a list without rows"
        if evidence.is_past_end(record):
            yield "a page past the last one"

    points = (
        Point(operation.id, Group.PAGE, "", value, hint, counted=True)
        for value, hint in hints.items()
    )
    return _valued(points, shown)


def _statuses(operation: Operation) -> _Part:
    points = []
    for status in sorted(status for status in operation.responses if status.isdecimal()):
        kind = int(status[0])
        hint = f"a request with a response of status {status}"
        if kind == _SERVER_ERROR or int(status) == _TOO_MANY:
            hint = f"a server with a reason for status {status}; no request causes it"
        is_success = kind == _SUCCESS
        points.append(Point(operation.id, Group.STATUS, "", status, hint, counted=is_success))
    return _valued(points, lambda record: [str(record.status)])


def _codes(form: ErrorForm, operation: Operation) -> _Part:
    hint = "an error response with the code {} in its message"
    points = (
        Point(operation.id, Group.ERROR_CODE, "", code, hint.format(code), counted=False)
        for code in form.statuses
    )
    return _valued(
        points, lambda record: [form.code_of(record.body) or ""] if record.is_error else []
    )
