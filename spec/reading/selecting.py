"""Reads `x-filter`, `x-search` and `x-sort`: how parameters select and sort the items of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import get, split
from ..model.selecting import OF_TEXT, ORDERED, Comparison, Kind, Selector, Sorting, SortMember
from ..schemas.schemas import ELEMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..documents.pointers import Pointer
    from ..model.lists import Listing
    from ..parameters import Parameter
    from ..schemas.schemas import Node
    from ..schemas.validation import Schema
    from .reading import Reading

_EXTENSIONS = ("x-filter", "x-search", "x-sort")
_DATED = {"date": Kind.DAY, "date-time": Kind.INSTANT}
_KINDS = {
    "integer": Kind.NUMBER,
    "number": Kind.NUMBER,
    "string": Kind.TEXT,
    "boolean": Kind.BOOLEAN,
}


def selecting(
    reading: Reading,
    parameters: Sequence[Parameter],
    listing: Listing | None,
    schema: Schema | None,
) -> tuple[tuple[Selector, ...], Sorting | None]:
    """Return what the parameters of an operation select by, and how they sort.

    `schema` is that of the body that has the list.
    """
    selectors: list[Selector] = []
    sorting: list[Sorting] = []
    for parameter in parameters:
        raw = get(reading.document, parameter.place)
        for name in _EXTENSIONS:
            if name not in raw:
                continue
            at = (*parameter.place, name)
            if parameter.location != "query" or listing is None or schema is None:
                what = f"{name} belongs to a query parameter of an operation with x-pagination"
                reading.report(at, what)
                continue
            item = reading.schemas.below(schema.place, (*listing.items, ELEMENT))
            if item is None:
                continue  # what is wrong has been said where the list is read
            members = _Members(reading, item)
            if name == "x-sort":
                sorting += _sorting(members, parameter, raw[name], at, parameters)
            else:
                selectors += _selector(members, parameter, raw[name], at)
    for extra in sorting[1:]:
        place = next(p.place for p in parameters if p.name == extra.parameter)
        reading.report((*place, "x-sort"), "another parameter of the operation has x-sort, too")
    return tuple(selectors), next(iter(sorting), None)


class _Members:
    """The members of the items of a list, whose places are checked."""

    def __init__(self, reading: Reading, item: Node) -> None:
        self.reading, self.item = reading, item

    def node(self, at: Pointer, text: str) -> Node | None:
        """Return the schema of a member, or report that there is none."""
        found = self.reading.schemas.below(self.item.place, split(text))
        if found is None:
            self.reading.report(at, f"the items have no member {text}")
        return found

    def kind(self, node: Node, *, elements: bool = True) -> Kind:
        """Return what the values of a schema are, or those of its elements."""
        for branch in self.reading.schemas.with_branches(node):
            schema = branch.schema
            types = schema.get("type")
            types = types if isinstance(types, list) else [types]
            if "array" in types and elements and branch.element is not None:
                return self.kind(self.reading.schemas.node(branch.element))
            kinds = [_KINDS[each] for each in types if each in _KINDS]
            if kinds:
                dated = _DATED.get(str(schema.get("format")))
                return dated if dated and kinds[0] is Kind.TEXT else kinds[0]
        return Kind.ANY


def _selector(members: _Members, parameter: Parameter, raw: Any, at: Pointer) -> Iterator[Selector]:
    report = members.reading.report
    if isinstance(raw, list):
        texts, comparison = raw, Comparison.CONTAINS
    elif isinstance(raw, dict):
        texts, comparison = [raw["member"]], Comparison(raw.get("comparison", Comparison.EQUALS))
    else:
        texts, comparison = [raw], Comparison.EQUALS
    nodes = [node for text in texts if (node := members.node(at, text)) is not None]
    if len(nodes) < len(texts):
        return
    kinds = {members.kind(node) for node in nodes}
    sent = members.kind(members.reading.schemas.node(parameter.compiled.place))
    kind = kinds.pop() if len(kinds) == 1 else Kind.ANY
    wrong = _mismatch(kind, sent, comparison)
    if wrong:
        report(at, f"{comparison} {wrong}", _ALLOWED)
        return
    yield Selector(
        parameter.name,
        tuple(map(split, texts)),
        comparison,
        kind,
        by_day=kind is Kind.INSTANT and sent is Kind.DAY,
        requirements=parameter.requirements,
    )


_ALLOWED = (
    "contains and startsWith compare texts; atLeast, atMost, above and below compare numbers, dates"
    " and times; equals compares any two of one type"
)


def _mismatch(kind: Kind, sent: Kind, comparison: Comparison) -> str:
    """Return why a member and a parameter cannot be compared, '' if they can."""
    if comparison in OF_TEXT:
        texts = {Kind.TEXT, Kind.ANY}
        return "" if kind in texts and sent in texts else f"cannot compare {kind} with {sent}"
    if comparison in ORDERED and kind in {Kind.TEXT, Kind.BOOLEAN}:
        return f"cannot be used with the type {kind}"
    dates = {Kind.DAY, Kind.INSTANT, Kind.TEXT}
    alike = kind is sent or Kind.ANY in {kind, sent} or (kind in dates and sent in dates)
    return "" if alike else f"cannot compare {kind} with {sent}"


def _sorting(
    members: _Members,
    parameter: Parameter,
    raw: Mapping[str, Any],
    at: Pointer,
    parameters: Iterable[Parameter],
) -> Iterator[Sorting]:
    report = members.reading.report
    found: dict[str, SortMember] = {}
    for name, text in raw["members"].items():
        place = text.removeprefix("-")
        node = members.node((*at, "members", name), place)
        if node is None:
            return
        kind = members.kind(node, elements=False)
        ranks = tuple(node.schema.get("enum", ()))
        found[name] = SortMember(split(place), kind, text.startswith("-"), ranks)
    allowed = _enum(parameter)
    known = {*found, *(f"-{name}" for name in found), *(f"+{name}" for name in found)}
    if not allowed:
        what = f"the values of {parameter.name} are not listed"
        report(at, what, f"Add an enum to its schema, such as [{', '.join(found)}]")
        return
    for value in allowed:
        if value not in known:
            what = f"{parameter.name} may be {value!r}, which is not under members"
            report((*at, "members"), what, "Add the member that it sorts by, as a JSON pointer")
            return
    order = next((p for p in parameters if p.name == raw.get("order")), None)
    if "order" in raw and (order is None or order.location != "query"):
        report((*at, "order"), f"order is {raw['order']}, which is no query parameter here")
        return
    down = tuple(raw.get("descending", ())) or tuple(
        value for value in _enum(order) if str(value).lower().startswith("desc")
    )
    if order is not None and not down:
        what = f"no value of {order.name} is known to sort downwards"
        report((*at, "order"), what, "Add an enum with desc to its schema, or descending here")
        return
    yield Sorting(
        parameter.name, found, order.name if order else None, down, parameter.requirements
    )


def _enum(parameter: Parameter | None) -> list[Any]:
    schema = parameter.schema if parameter else {}
    if schema.get("type") == "array":
        schema = schema.get("items", {})
    return list(schema.get("enum", ()))
