"""Reads the parameters of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import follow, get
from ..links import requirements_of
from ..parameters import Parameter
from ..parameters.serialization import is_ignored, schema_place, serialization_of
from ..parameters.shape import Shape
from ..schemas.writer import Direction
from .places import keys_of, parameter_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..documents.pointers import Pointer
    from .reading import Reading


def parameters(reading: Reading, place: Pointer) -> tuple[Parameter, ...]:
    """Return the parameters of the operation at a place, those of its path included."""
    found: dict[tuple[str, str], Pointer] = {}
    keys = keys_of(reading.document, place)
    for start in parameter_places(reading.document, place):
        step = reading.followed(start)
        if step is None:
            continue
        at, raw = step
        if not isinstance(raw, dict) or not {"in", "name"} <= raw.keys():
            reading.warn(start, "this is no parameter, which has name and in; it is ignored")
            continue
        if not is_ignored(raw, keys):
            found[raw["in"], raw["name"]] = at
    read = (_attempt(reading, at, names_beside(found, own)) for own, at in found.items())
    return tuple(filter(None, read))


def names_beside(found: Iterable[tuple[str, str]], own: tuple[str, str]) -> frozenset[str]:
    """Return the names of the other parameters in the place of one of them."""
    return frozenset(name for place, name in found if place == own[0] and name != own[1])


def headers(reading: Reading, place: Pointer, raw: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the headers of the response at a place; a wrong one is left out with a warning."""
    found: dict[str, Parameter] = {}
    for name in raw.get("headers", {}):
        start = (*place, "headers", name)
        try:
            at, header = follow(reading.document, start)
            header = {**header, "name": name, "in": "header"}
            found[name] = _described(reading, at, header, frozenset(), Direction.RESPONSE)
        except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
            why = " ".join(str(error).split())
            reading.warn(start, f"the header {name} is neither sent nor judged: {why}")
    return found


def _attempt(reading: Reading, place: Pointer, others: frozenset[str]) -> Parameter | None:
    raw = get(reading.document, place)
    return reading.attempt(
        place, lambda: _described(reading, place, raw, others, Direction.REQUEST)
    )


def _described(
    reading: Reading,
    place: Pointer,
    raw: Mapping[str, Any],
    others: frozenset[str],
    direction: Direction,
) -> Parameter:
    if raw["in"] == "querystring":
        raise ValueError("a parameter that is the whole query (in: querystring) is not supported")
    at, schema = follow(reading.document, schema_place(raw, place))
    described = raw if "schema" in raw else next(iter(raw["content"].values()))
    examples = described.get("examples") or {}
    named = next((e.get("value") for e in examples.values() if isinstance(e, dict)), None)
    return Parameter(
        name=raw["name"],
        required=raw.get("required") is True,
        description=str(raw.get("description", "")),
        schema=schema,
        serialization=serialization_of(raw, Shape(reading.schemas, at), others),
        may_be_empty=raw["in"] == "query" and raw.get("allowEmptyValue") is True,
        example=described.get("example", schema.get("example", named)),
        unknown=raw.get("x-unknown"),
        requirements=requirements_of(raw),
        place=place,
        compiled=reading.schemas.at(at, direction),
    )
