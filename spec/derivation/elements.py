"""The elements of a contract that can be linked to requirements, with what titles name of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..describing import MOST_NAMES, joined
from ..documents.pointers import follow, get, split
from ..model.media import is_json
from ..parameters.serialization import is_ignored, schema_place
from ..reading.places import keys_of, operation_places, parameter_places
from ..schemas.schemas import ELEMENT, Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer
    from ..schemas.schemas import Node

_READING = {"get", "head"}
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a contract: its kind, its place, its name in ids, and what texts may name.

    `places` has where some of these names are declared.
    """

    kind: str
    place: Pointer
    name: str
    words: Mapping[str, Any]
    places: Mapping[str, Pointer] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether it has something of all these names."""
        return all(self.words.get(name) not in {None, False, ""} for name in names)


def elements_of(document: Any) -> Iterator[Element]:
    """Yield every element that can be linked to a requirement, once for each operation it is in.

    What cannot be read is left out: its mistakes are reported where it is read.
    """
    for place in operation_places(document):
        with suppress(*_UNREADABLE):
            yield from _of_operation(document, place)
    with suppress(*_UNREADABLE):
        for name, schema in document["components"]["schemas"].items():
            if isinstance(schema, dict) and "x-error-code" in schema:
                place = ("components", "schemas", name, "x-error-code")
                yield Element("error", place, name, {})
                break


def _of_operation(document: Any, place: Pointer) -> Iterator[Element]:
    raw = get(document, place)
    _, path, method = place
    paging = raw.get("x-pagination")
    paging = paging if isinstance(paging, dict) else {}
    reads = method in _READING
    about = {"pagination": bool(paging), "named": "{" in path, "reads": reads}
    yield Element(
        "operation",
        place,
        str(raw.get("operationId") or f"{method} {path}"),
        {
            "method": method.upper(),
            "path": path,
            **about,
            **_success(document, place, raw),
        },
        {"media": (*place, "responses")},
    )
    for header, content in raw.get("x-required-headers", {}).items():
        if isinstance(content, dict):
            words = {"name": header, "value": content.get("value")}
            yield Element("header", (*place, "x-required-headers", header), header, words)
    if isinstance(raw.get("x-resource"), dict):
        yield _resource(document, place, raw["x-resource"])
    yield from _credentials(document, raw, about)
    keys = keys_of(document, place)
    for start in parameter_places(document, place):
        try:
            at, parameter = follow(document, start)
            if not is_ignored(parameter, keys):
                yield _parameter(document, at, parameter, paging, about)
        except _UNREADABLE:
            continue
    if paging:
        numbered, stable = "page" in paging, _has_stable_members(document, place, paging)
        words = {**_nouns(paging), **about, "stable": stable, "numbered": numbered}
        words |= {"cursor": "cursor" in paging, "sized": "size" in paging}
        words |= {"total": numbered or "totalItems" in paging}
        yield Element("pagination", (*place, "x-pagination"), words["rows"], words)


def _has_stable_members(document: Any, place: Pointer, paging: Mapping[str, Any]) -> bool:
    """Whether a member of the items is marked with x-stable."""
    schemas = Schemas(document)
    for status in get(document, place)["responses"]:
        with suppress(*_UNREADABLE):
            at, response = follow(document, (*place, "responses", status))
            media = next(filter(is_json, response["content"]))
            body = (*at, "content", media, "schema")
            items = schemas.below(body, (*split(paging["items"]), ELEMENT))
            return items is not None and _is_stable(schemas, items, set())
    return False


def _is_stable(schemas: Schemas, node: Node, seen: set[Pointer]) -> bool:
    if node.place in seen:
        return False
    seen.add(node.place)
    inner = (schemas.node(place) for place in (*node.members.values(), *node.also))
    return node.stable or any(_is_stable(schemas, each, seen) for each in inner)


def _resource(document: Any, place: Pointer, raw: Mapping[str, Any]) -> Element:
    """Return the resource of an operation; what it does has a name that the table can ask for."""
    action = "change" if raw.get("action") == "replace" else str(raw.get("action"))
    lists = (get(document, at) for at in operation_places(document))
    found = (each for each in lists if each.get("operationId") == raw.get("list"))
    of: Mapping[str, Any] = next(found, {})
    row = of.get("x-pagination", {}).get("nouns", {}).get("row", "row")
    words = {"method": place[2].upper(), "path": place[1], "row": row, action: True}
    return Element("resource", (*place, "x-resource"), row, words)


def _nouns(paging: Mapping[str, Any]) -> dict[str, Any]:
    nouns = paging.get("nouns", {})
    return {"row": nouns.get("row", "row"), "rows": nouns.get("rows", "rows")}


def _pages(paging: Mapping[str, Any], name: str) -> bool:
    return name in {paging.get("page"), paging.get("size")}


def _success(document: Any, place: Pointer, raw: Any) -> dict[str, Any]:
    """Return the media types of the success responses, and whether one is JSON."""
    types: dict[str, None] = {}
    for status in raw.get("responses", {}):
        if status[:1] not in {"2", "3"}:
            continue
        try:
            _, response = follow(document, (*place, "responses", status))
            types |= dict.fromkeys(response.get("content", {}))
        except _UNREADABLE:
            continue
    media = joined([f"`{each}`" for each in types]) if types else None
    return {"media": media, "json": any(map(is_json, types))}


def _credentials(document: Any, raw: Any, about: Mapping[str, Any]) -> Iterator[Element]:
    """Yield the scheme that the suite uses, unless the operation is open to everybody."""
    alternatives = raw.get("security", document.get("security", []))
    if not isinstance(alternatives, list) or not alternatives or not all(alternatives):
        return
    name = next(iter(alternatives[0]))
    try:
        place, scheme = follow(document, ("components", "securitySchemes", name))
    except _UNREADABLE:
        return
    where = f"`{scheme.get('name')}`" if scheme.get("type") == "apiKey" else "`Authorization`"
    yield Element("security", place, name, {"place": where, **about})


def _parameter(
    document: Any, place: Pointer, raw: Any, paging: Mapping[str, Any], about: Mapping[str, Any]
) -> Element:
    at, schema = follow(document, schema_place(raw, place))
    name, location = str(raw["name"]), raw["in"]
    in_query = location == "query"
    words = {
        "name": name,
        "query": in_query,
        "path": location == "path",
        "beside": location != "path",
        "required": raw.get("required") is True,
        "kind": schema.get("type") if schema.get("type") in _PLAIN else None,
        "values": _values(schema),
        "integer": schema.get("type") == "integer",
        "minimum": schema.get("minimum"),
        "maximum": schema.get("maximum"),
        "unknown": raw.get("x-unknown"),
        "default": schema.get("default") if "page" in paging and _pages(paging, name) else None,
        "selects": "x-filter" in raw or "x-search" in raw,
        "sorts": "x-sort" in raw,
        **_nouns(paging),
        "page": in_query and paging.get("page") == name,
        "size": in_query and paging.get("size") == name,
        **about,
    }
    places = {bound: (*at, bound) for bound in ("minimum", "maximum") if bound in schema}
    places |= {"values": (*at, "enum"), "kind": (*at, "type")}
    places |= {"unknown": (*place, "x-unknown"), "required": (*place, "required")}
    return Element("parameter", place, name, words, places)


_PLAIN = ("integer", "number", "boolean")


def _values(schema: Any) -> str | None:
    """Return the texts that a parameter may have, in words; None unless its schema lists them."""
    values = schema.get("enum") if schema.get("type") == "string" else None
    if not values or not all(isinstance(value, str) for value in values):
        return None
    more = len(values) - MOST_NAMES
    shown = [f"`{value}`" for value in values[:MOST_NAMES]]
    return joined([*shown, *([f"{more} more"] if more > 0 else [])])
