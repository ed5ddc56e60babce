"""Reads `x-pagination`: how a list is paged through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents.source import split
from ..model import DeclaredResponse, Nouns, Oversize, Pagination, PastEnd, UnknownList
from ..register import requirements_of
from ..schemas.validation import ELEMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.source import Pointer
    from ..parameters import Parameter
    from .reading import Reading


def pagination(
    reading: Reading,
    place: Pointer,
    raw: Mapping[str, Any],
    parameters: tuple[Parameter, ...],
    responses: Mapping[str, DeclaredResponse],
) -> Pagination | None:
    """Return the pagination of an operation, None if it has none, or one with a mistake."""
    if "x-pagination" not in raw:
        return None
    at = (*place, "x-pagination")
    found = reading.attempt(
        at, lambda: _read_pagination(reading, at, raw["x-pagination"], parameters), extension=True
    )
    if found is not None:
        _lead_somewhere(reading, at, raw["x-pagination"], responses)
    return found


def _read_pagination(
    reading: Reading, place: Pointer, raw: Mapping[str, Any], parameters: tuple[Parameter, ...]
) -> Pagination | None:
    by_name = {p.name: p for p in parameters if p.location == "query" and p.is_integer}
    for member in ("page", "size"):
        if raw.get(member) not in by_name:
            what = f"{member}: {raw.get(member)!r} is no integer parameter in the query"
            hint = f"Integer query parameters here are {', '.join(by_name) or 'none'}"
            reading.report((*place, member), what, hint)
            return None
        parameter = by_name[raw[member]]
        at = (*parameter.place, "schema", "minimum")
        if parameter.minimum is None or parameter.minimum < 1:
            what = f"{parameter.name} can be less than 1, but is the {member} of x-pagination"
            reading.report(at, what, "Pages are counted from 1, and have at least 1 item")
        if not parameter.required and "default" not in parameter.schema:
            what = f"{parameter.name} can be missing, but is the {member} of x-pagination"
            reading.report(at[:-1], what, "Make it required, or add a default")
    members = ("currentPage", "totalItems", "totalPages", "items", "key")
    pointers = {member: split(raw[member]) for member in members}
    return Pagination(
        page=by_name[raw["page"]],
        size=by_name[raw["size"]],
        current_page=pointers["currentPage"],
        total_items=pointers["totalItems"],
        total_pages=pointers["totalPages"],
        items=pointers["items"],
        key=pointers["key"],
        oversize=Oversize(raw.get("oversize", Oversize.REJECT)),
        past_end=PastEnd(raw.get("pastEnd", PastEnd.ANY)),
        unknown_list=UnknownList(raw.get("unknownList", UnknownList.ANY)),
        nouns=Nouns(**raw.get("nouns", {})),
        requirements=requirements_of(raw),
    )


def _lead_somewhere(
    reading: Reading,
    place: Pointer,
    raw: Mapping[str, Any],
    responses: Mapping[str, DeclaredResponse],
) -> None:
    """Check that the places exist in the schema of the success response."""
    success = next((each for status, each in sorted(responses.items()) if status[0] == "2"), None)
    if success is None or success.json is None:
        reading.report(place, "there is no success response with a JSON body to page through")
        return
    if (schema := success.schema) is None:
        return  # what is wrong with it has been said
    for member in ("currentPage", "totalItems", "totalPages", "items", "key"):
        inside = (*split(raw["items"]), ELEMENT) if member == "key" else ()
        if reading.schemas.below(schema.place, (*inside, *split(raw[member]))) is None:
            what = f"{member} is {raw[member]}, which is not in the success schema"
            reading.report((*place, member), what)
