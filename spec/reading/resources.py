"""Reads `x-resource`: the item that an operation shows, creates, changes or deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import path_templates
from ..describing import joined
from ..documents.pointers import get, split
from ..links import requirements_of
from ..model.resource import Action, Resource
from .pagination import success_schema
from .places import operation_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..documents.pointers import Pointer
    from ..model.media import DeclaredResponse
    from .reading import Reading


def resource(
    reading: Reading,
    place: Pointer,
    raw: Mapping[str, Any],
    responses: Mapping[str, DeclaredResponse],
) -> Resource | None:
    """Return the resource of an operation, None if it has none, or one with a mistake."""
    if "x-resource" not in raw:
        return None
    at, own = (*place, "x-resource"), raw["x-resource"]
    before = len(reading.problems)
    lists = dict(_lists(reading))
    if own["list"] not in lists:
        what = f"list: no operation {own['list']!r} has x-pagination"
        reading.report((*at, "list"), what, f"Such operations are {joined(list(lists)) or 'none'}")
        return None
    action = Action(own["action"])
    _, path, method = place
    if (method == "get") != (action is Action.SHOW):
        what = f"action: {action} does not fit the method {method.upper()}"
        reading.report((*at, "action"), what, "GET shows, and every other method changes")
    names = set(path_templates.names(path))
    shared = set(path_templates.names(lists[own["list"]]))
    keys = sorted(names - shared)
    if shared - names:
        what = f"the path of {own['list']} has {{{min(shared - names)}}}, which is not in this path"
        reading.report((*at, "list"), what)
    elif len(keys) > 1 or (not keys and action is not Action.CREATE):
        what = f"the path has {joined(keys, 'and') or 'no parameter'} beside those of {own['list']}"
        reading.report((*at, "action"), what, f"To {action} an item, it needs one with its key")
    schema = success_schema(responses)
    if action is Action.SHOW and schema is None:
        reading.report(at, "there is no success response with a JSON schema to show an item in")
    elif (
        schema is not None
        and reading.schemas.below(schema.place, split(own.get("item", ""))) is None
    ):
        what = f"item is {own['item']}, which is not in the success schema"
        reading.report((*at, "item"), what)
    if len(reading.problems) > before:
        return None
    key = next(iter(keys), None)
    return Resource(own["list"], action, key, split(own.get("item", "")), requirements_of(own))


def _lists(reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield the id and the path of each operation with `x-pagination`."""
    for place in operation_places(reading.document):
        raw = get(reading.document, place)
        if "x-pagination" in raw and "operationId" in raw:
            yield raw["operationId"], place[1]
