"""Reads `x-pagination`: how a list is paged through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ..documents.pointers import split
from ..links import requirements_of
from ..model.lists import CursorPagination, Nouns, Oversize, Pagination, PastEnd, UnknownList
from ..model.media import DeclaredResponse, first_success
from ..schemas.schemas import ELEMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from ..parameters import Parameter
    from ..schemas.validation import Schema
    from .reading import Reading

Parameters: TypeAlias = "tuple[Parameter, ...]"


def pagination(
    reading: Reading,
    place: Pointer,
    raw: Mapping[str, Any],
    parameters: tuple[Parameter, ...],
    responses: Mapping[str, DeclaredResponse],
) -> Pagination | CursorPagination | None:
    """Return how the list of an operation is paged, None if it has none, or one with a mistake."""
    if "x-pagination" not in raw:
        return None
    at, given = (*place, "x-pagination"), raw["x-pagination"]
    read = _read_pages if "page" in given else _read_cursors
    found: Pagination | CursorPagination | None = reading.attempt(
        at, lambda: read(reading, at, given, parameters), extension=True
    )
    if found is not None:
        _lead_somewhere(reading, at, given, responses)
    return found


def success_schema(responses: Mapping[str, DeclaredResponse]) -> Schema | None:
    """Return the schema of the first success response, None if there is none in JSON."""
    success = first_success(responses)
    return success.schema if success else None


def _integer(
    reading: Reading, place: Pointer, raw: Mapping[str, Any], member: str, parameters: Parameters
) -> Parameter | None:
    """Return the integer parameter that a member names, or report why it cannot be used."""
    by_name = {p.name: p for p in parameters if p.location == "query" and p.is_integer}
    if raw.get(member) not in by_name:
        what = f"{member}: {raw.get(member)!r} is no integer parameter in the query"
        hint = f"Integer query parameters here are {', '.join(by_name) or 'none'}"
        reading.report((*place, member), what, hint)
        return None
    parameter = by_name[raw[member]]
    if parameter.minimum is None or parameter.minimum < 1:
        what = f"{parameter.name} can be less than 1, but is the {member} of x-pagination"
        at = (*parameter.place, "schema", "minimum")
        reading.report(at, what, "Pages are counted from 1, and have at least 1 item")
    return parameter


def _read_pages(
    reading: Reading, place: Pointer, raw: Mapping[str, Any], parameters: Parameters
) -> Pagination | None:
    found = [_integer(reading, place, raw, member, parameters) for member in ("page", "size")]
    for parameter, member in zip(found, ("page", "size"), strict=True):
        if parameter is None:
            return None
        if not parameter.required and "default" not in parameter.schema:
            what = f"{parameter.name} can be missing, but is the {member} of x-pagination"
            at = (*parameter.place, "schema")
            reading.report(at, what, "Make it required, or add a default")
    page, size = found
    if page is None or size is None:
        return None
    for member in _OF_CURSORS & raw.keys():
        reading.report((*place, member), f"{member} belongs to a list without numbered pages")
    return Pagination(
        page=page,
        size=size,
        current_page=_place(raw, "currentPage"),
        total_items=split(raw["totalItems"]),
        total_pages=_place(raw, "totalPages"),
        items=split(raw["items"]),
        key=split(raw["key"]),
        oversize=Oversize(raw.get("oversize", Oversize.REJECT)),
        past_end=PastEnd(raw.get("pastEnd", PastEnd.ANY)),
        unknown_list=UnknownList(raw.get("unknownList", UnknownList.ANY)),
        nouns=Nouns(**raw.get("nouns", {})),
        requirements=requirements_of(raw),
    )


def _read_cursors(
    reading: Reading, place: Pointer, raw: Mapping[str, Any], parameters: Parameters
) -> CursorPagination | None:
    for member in _OF_PAGES & raw.keys():
        what = f"{member} belongs to a list with numbered pages, and there is no page"
        reading.report((*place, member), what, "Name the parameter with the number of the page")
    if "cursor" not in raw:
        for member in ("next", "more", "size"):
            if member in raw:
                what = f"{member} belongs to a list with a cursor, and there is none"
                hint = "Name the parameter for the cursor, or the one for the page"
                reading.report((*place, member), what, hint)
    cursor = next(
        (p for p in parameters if p.location == "query" and p.name == raw.get("cursor")), None
    )
    if "cursor" in raw:
        at = (*place, "cursor")
        if cursor is None:
            reading.report(at, f"cursor: {raw['cursor']!r} is no parameter in the query")
            return None
        if cursor.required:
            what = f"{cursor.name} is required, but the first page has no cursor"
            reading.report((*cursor.place, "required"), what, "Make it optional")
        if not {"next", "more"} & raw.keys():
            what = "nothing says whether there is a next page"
            reading.report(place, what, "Add next, the place of its cursor, or more, of a boolean")
    size = _integer(reading, place, raw, "size", parameters) if "size" in raw else None
    return CursorPagination(
        cursor=cursor,
        size=size,
        next=_place(raw, "next"),
        more=_place(raw, "more"),
        total_items=_place(raw, "totalItems"),
        items=split(raw["items"]),
        key=split(raw["key"]),
        nouns=Nouns(**raw.get("nouns", {})),
        requirements=requirements_of(raw),
    )


def _place(raw: Mapping[str, Any], member: str) -> Pointer | None:
    return split(raw[member]) if member in raw else None


_OF_CURSORS = {"cursor", "next", "more"}
_OF_PAGES = {"currentPage", "totalPages", "oversize", "pastEnd", "unknownList"}
_PLACES = ("currentPage", "totalItems", "totalPages", "next", "more", "items", "key")


def _lead_somewhere(
    reading: Reading,
    place: Pointer,
    raw: Mapping[str, Any],
    responses: Mapping[str, DeclaredResponse],
) -> None:
    """Check that the places exist in the schema of the success response."""
    success = first_success(responses)
    if success is None or success.json is None:
        reading.report(place, "there is no success response with a JSON body to page through")
        return
    if (schema := success.schema) is None:
        return  # what is wrong with it has been said
    for member in _PLACES:
        if member not in raw:
            continue
        inside = (*split(raw["items"]), ELEMENT) if member == "key" else ()
        if reading.schemas.below(schema.place, (*inside, *split(raw[member]))) is None:
            what = f"{member} is {raw[member]}, which is not in the success schema"
            reading.report((*place, member), what)
