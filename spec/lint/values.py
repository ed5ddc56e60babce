"""Examples and defaults against their schemas, and bounds that no value fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..describing import actual
from ..documents.pointers import BrokenReferenceError, follow
from ..schemas.writer import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..contract import Contract
    from ..documents.pointers import Pointer
    from ..schemas.schemas import Schemas

_BOUNDS = (
    *(("minimum", "maximum"), ("minLength", "maxLength")),
    *(("minItems", "maxItems"), ("minProperties", "maxProperties")),
)
_MAPS = {"properties", "schemas", "patternProperties", "$defs", "mapping", "examples"}


def checked(contract: Contract) -> Callable[..., Iterator[tuple[Pointer, str]]]:
    """Return the check of the examples, the defaults and the bounds of an element."""
    document, schemas = contract.document, contract.schemas

    def check(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
        if is_schema(place):
            yield from _bounds(place, element)
            for word in ("example", "default"):
                if word in element and "$ref" not in element:
                    yield from _value(schemas, place, (*place, word), element[word])
        elif isinstance(element.get("schema"), dict):
            schema = (*place, "schema")
            if "example" in element:
                yield from _value(schemas, schema, (*place, "example"), element["example"])
            examples = element.get("examples")
            for name in examples if isinstance(examples, dict) else ():
                at, example = follow(document, (*place, "examples", name))
                if isinstance(example, dict) and "value" in example:
                    yield from _value(schemas, schema, (*at, "value"), example["value"])

    return check


def is_schema(place: Pointer) -> bool:
    """Whether the element at a place is a schema."""
    if place[-1:] and place[-1] in _MAPS and place[-2:-1] != ("properties",):
        return False
    if any(part.startswith("x-") for part in place):
        return False
    return "schema" in place or place[:2] == ("components", "schemas")


def _bounds(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for low, high in _BOUNDS:
        least, most = element.get(low), element.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            yield (*place, low), f"{low} {least} is above {high} {most}, so no value is valid"
    closed = element.get("additionalProperties") is False and "allOf" not in element
    if closed and isinstance(element.get("required"), list):
        for name in element["required"]:
            if name not in element.get("properties", {}):
                what = f"{name!r} is required, but is no member, so no value is valid"
                yield (*place, "required"), what
    values = element.get("enum")
    if isinstance(values, list) and not values:
        yield (*place, "enum"), "enum is empty, so no value is valid"


def _value(
    schemas: Schemas, schema: Pointer, place: Pointer, value: Any
) -> Iterator[tuple[Pointer, str]]:
    """Yield why an example is valid neither in requests nor in responses."""
    broken = []
    for direction in (Direction.RESPONSE, Direction.REQUEST):
        try:
            broken = schemas.at(schema, direction).judge(value).violations
        except (BrokenReferenceError, ValueError):
            return  # said where it stands
        if not broken:
            return
    first = broken[0]
    where = f"at {first.pointer} " if first.place else ""
    what = f"{place[-1]} {where}is {actual(value) if not where else first.actual}"
    yield place, f"{what}; its schema expects {first.expected}"
