"""Reads `x-filter`: what a query parameter selects, as a law about the items of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.source import follow, get, split
from ..register import requirements_of
from ..schemas.validation import ELEMENT
from .places import operation_places, parameter_places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.source import Pointer
    from .reading import Reading


def filter_laws(reading: Reading) -> dict[Pointer, list[dict[str, Any]]]:
    """Return a law for each `x-filter`, by the place of the items that it selects."""
    laws: dict[Pointer, list[dict[str, Any]]] = {}
    for operation in operation_places(reading.document):
        for start in parameter_places(reading.document, operation):
            try:
                at, raw = follow(reading.document, start)
                items = _selected(reading, operation, at) if "x-filter" in raw else None
            except (LookupError, ValueError, StopIteration):
                continue  # the mistake is reported where the parameter or the page is read
            if items is not None:
                laws.setdefault(items, []).append(_filter_law(raw))
    return laws


def _selected(reading: Reading, operation: Pointer, place: Pointer) -> Pointer | None:
    """Return the place of the items that a parameter selects from, or report why not."""
    raw, parameter = get(reading.document, operation), get(reading.document, place)
    at = (*place, "x-filter")
    if parameter.get("in") != "query" or "x-pagination" not in raw:
        what = "x-filter belongs to a query parameter of an operation with x-pagination"
        reading.report(at, what)
        return None
    name = str(parameter.get("name"))
    if not (name.isascii() and name.isidentifier()):
        what = f"x-filter cannot be used with the parameter name {name!r}"
        reading.report(at, what, "Use letters, digits and _, since a law compares its value")
        return None
    success = next(each for each in sorted(raw["responses"]) if each.startswith("2"))
    response, _ = follow(reading.document, (*operation, "responses", success))
    body = (*response, "content", "application/json", "schema")
    item = reading.schemas.below(body, (*split(raw["x-pagination"]["items"]), ELEMENT))
    if item is None or reading.schemas.below(item.place, split(parameter["x-filter"])) is None:
        reading.report(at, f"the items have no member {parameter['x-filter']}")
        return None
    return item.place


def _filter_law(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return `x-filter` as a law: every item has the requested value, or one of several."""
    name, place = parameter["name"], split(parameter["x-filter"])
    value = "".join(f".{part}" if part.isidentifier() else f"[{part!r}]" for part in place)
    several = parameter.get("schema", {}).get("type") == "array"
    requirements = requirements_of(parameter)
    return {
        **({"requirement": requirements["filter"]} if "filter" in requirements else {}),
        "reads": [parameter["x-filter"], f"request.{name}"],
        "when": f"has(request.{name})",
        "rule": f"self{value} {'in' if several else '=='} request.{name}",
        "message": f"every item has the requested value of {name}",
        "messageExpression": (
            f"'{place[-1]} is ' + string(self{value}) + ' where {name}=' + string(request.{name})"
            " + ' was requested'"
        ),
        "fieldPath": parameter["x-filter"],
    }
