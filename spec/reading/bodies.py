"""Reads the request body and the responses of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.pointers import follow, get
from ..model.media import DeclaredResponse, Media, RequestBody
from ..parameters.shape import Shape
from ..schemas.writer import Direction
from .parameters import headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from .reading import Reading


def request_body(reading: Reading, place: Pointer) -> RequestBody | None:
    """Return the request body of the operation at a place, None if it has none."""
    if "requestBody" not in get(reading.document, place):
        return None
    found = reading.followed((*place, "requestBody"))
    if found is None:
        return None
    at, raw = found
    return RequestBody(raw.get("required") is True, _media(reading, at, raw, Direction.REQUEST))


def responses(reading: Reading, place: Pointer) -> dict[str, DeclaredResponse]:
    """Return the responses of the operation at a place by status."""
    found: dict[str, DeclaredResponse] = {}
    for status in get(reading.document, place).get("responses", {}):
        start = (*place, "responses", status)
        response = reading.attempt(start, lambda at=start: _response(reading, at))  # type: ignore[misc]
        if response is not None:
            found[status] = response
    return found


def _response(reading: Reading, start: Pointer) -> DeclaredResponse:
    at, raw = follow(reading.document, start)
    media = _media(reading, at, raw, Direction.RESPONSE)
    description = str(raw.get("description", ""))
    return DeclaredResponse(start[-1], description, media, headers(reading, at, raw), at)


def _media(reading: Reading, place: Pointer, raw: Any, direction: Direction) -> dict[str, Media]:
    media = {}
    for name, content in raw.get("content", {}).items():
        at = (*place, "content", name)
        schema = None
        if "schema" in content:
            schema = reading.attempt(
                (*at, "schema"),
                lambda at=at: reading.schemas.at((*at, "schema"), direction),  # type: ignore[misc]
            )
        shape = Shape() if schema is None else Shape(reading.schemas, (*at, "schema"))
        encoding = content.get("encoding", {})
        media[name.lower()] = Media(name, schema, _examples(reading, at, content), shape, encoding)
    return media


def _examples(reading: Reading, place: Pointer, content: Mapping[str, Any]) -> dict[str, Any]:
    if "example" in content:
        return {"example": content["example"]}
    examples = {}
    for name in content.get("examples", {}):
        found = reading.followed((*place, "examples", name))
        if found is not None and isinstance(found[1], dict) and "value" in found[1]:
            examples[name] = found[1]["value"]
    return examples
