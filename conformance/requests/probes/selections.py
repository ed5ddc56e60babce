"""Selections: requests that filter, search and sort, with values from rows that were shown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from ....spec.documents.pointers import lookup
from ....spec.model.selecting import OF_TEXT, ORDERED, Comparison, Kind, comparable
from ....spec.parameters.faults import UnwritableError
from .probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ....spec.model.selecting import Selector
    from ....spec.parameters import Parameter
    from .probe import Caller

MOST = 16
"""How many selections of a list are requested."""
MOST_PAGES = 4
"""How many pages of one are read."""
_OF_ENUM, _OF_ROWS, _ORDERS = 6, 2, 8
_SHORTEST, _LONGEST = 2, 3
"""Characters of a text to search for: no more, since it may be a part of somebody's name."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to select of a list: raw pairs of a query, and what they are."""

    pairs: tuple[tuple[str, str], ...]
    note: str
    sorts: bool = False

    def page(self, caller: Caller, size: int | None, page: int | None = None) -> Probe:
        """Return the request for a page."""
        request = caller.request(page=page, size=size, query=self._without, extra=self.pairs)
        return Probe(request, self.note if page is None else f"{self.note}, page {page}")

    def after(self, caller: Caller, size: int | None, cursor: str) -> Probe:
        """Return the request for the page that a cursor leads to."""
        return after(caller, size, cursor, self.note, self.pairs)

    @property
    def _without(self) -> dict[str, str | None]:
        return dict.fromkeys([name for name, _ in self.pairs])


def after(
    caller: Caller,
    size: int | None,
    cursor: str,
    note: str,
    pairs: Sequence[tuple[str, str]] = (),
) -> Probe:
    """Return the request for the page that a cursor leads to."""
    cursors = caller.operation.cursors
    parameter = cursors.cursor if cursors else None
    if parameter is None:
        raise ValueError(f"{caller.operation.id} has no cursor")
    value = int(cursor) if parameter.is_integer and cursor.isdecimal() else cursor
    extra = [*pairs, *parameter.write(value)]
    without: dict[str, str | None] = dict.fromkeys([name for name, _ in pairs])
    request = caller.request(size=size, query=without, extra=extra)
    return Probe(request, f"{note}, continued")


def page_after(caller: Caller, size: int | None, cursor: str | None) -> Probe:
    """Return the request for the page that a cursor leads to, the first one without a cursor."""
    if cursor is None:
        return Probe(caller.request(size=size), "the first page")
    return after(caller, size, cursor, "the next page")


def selections(caller: Caller, rows: Sequence[Any]) -> list[Selection]:
    """Return what to select of a list that showed some rows."""
    return list(islice(_selections(caller, rows), MOST))


def _selections(caller: Caller, rows: Sequence[Any]) -> Iterator[Selection]:
    by_name = {p.name: p for p in caller.operation.located("query")}
    firsts: list[Selection] = []
    for selector in caller.operation.selectors:
        parameter = by_name[selector.parameter]
        word = "searched" if selector.comparison in OF_TEXT else "filtered"
        found = [
            Selection(pairs, f"{word} by {_shown(pairs)}")
            for value in _values(selector, parameter, rows)
            if (pairs := _written(parameter, value))
        ]
        firsts += found[:1]
        yield from found
    sorts = list(_sorts(caller, by_name))
    yield from sorts
    if len(together := [*firsts, *sorts[-1:]]) > 1:
        pairs = tuple(pair for each in together for pair in each.pairs)
        yield Selection(pairs, f"with {_shown(pairs)}", sorts=bool(sorts))


def _sorts(caller: Caller, by_name: dict[str, Parameter]) -> Iterator[Selection]:
    sorting = caller.operation.sorting
    if sorting is None:
        return
    order = by_name.get(sorting.order or "")
    ways = _enum(order) if order else [None]
    for name, way in islice(product(_enum(by_name[sorting.parameter]), ways), _ORDERS):
        pairs = _written(by_name[sorting.parameter], name)
        if order is not None:
            pairs += _written(order, way)
        yield Selection(pairs, f"sorted by {_shown(pairs)}", sorts=True)


def _values(selector: Selector, parameter: Parameter, rows: Sequence[Any]) -> Iterable[Any]:
    """Return values for a parameter: those that it lists, or some that rows have."""
    if enum := _enum(parameter):
        return enum[:_OF_ENUM]
    found = _of_rows(selector, rows)
    if selector.comparison in ORDERED:
        found.sort(key=lambda each: comparable(each, selector.kind))
        found = found[len(found) // 2 :]
    if selector.by_day:
        found = [str(each)[:10] for each in found]
    if selector.comparison is Comparison.CONTAINS:
        words = (word for each in found for word in str(each).split()[-1:])
        found = [word[:_LONGEST].lower() for word in words]
    if selector.comparison is Comparison.STARTS_WITH:
        found = [str(each)[:_LONGEST].lower() for each in found]
    if selector.kind is Kind.NUMBER and parameter.is_integer:
        found = [int(each) for each in found]
    fitting = [each for each in found if _is_valid(parameter, each)]
    if not fitting and parameter.example is not None:
        return [parameter.example]
    return fitting[: 1 if selector.comparison in ORDERED else _OF_ROWS]


def _of_rows(selector: Selector, rows: Sequence[Any]) -> list[Any]:
    """Return the values that rows have in the members of a selector, each once."""
    found: dict[str, Any] = {}
    for row, member in product(rows, selector.members):
        value = lookup(row, member)
        for each in value if isinstance(value, list) else [value]:
            if each is not None and comparable(each, selector.kind) is not None:
                found.setdefault(repr(each), each)
    return list(found.values())


def _is_valid(parameter: Parameter, value: Any) -> bool:
    long = not isinstance(value, str) or len(value) >= _SHORTEST
    return long and bool(parameter.compiled.is_valid(_of(parameter, value)))


def _of(parameter: Parameter, value: Any) -> Any:
    is_array = parameter.schema.get("type") == "array" and not isinstance(value, list)
    return [value] if is_array else value


def _enum(parameter: Parameter) -> list[Any]:
    schema = parameter.schema
    if schema.get("type") == "array":
        schema = schema.get("items", {})
    return [each for each in schema.get("enum", ()) if each is not None]


def _written(parameter: Parameter, value: Any) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parameter.write(_of(parameter, value)))
    except UnwritableError:
        return ()


def _shown(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)
