"""Responses with a page of a list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.describing import actual
from ...spec.model import PastEnd, UnknownList
from ..data.pages import MOST_BYTES, MOST_FILTERED
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from ...spec.model import Operation
    from ..data.dataset import Collection, Selection
    from ..data.pages import PagedList
    from ..response import StubResponse
    from .request_parser import Parameters

_GONE, _NOT_KNOWN = 404, 501


def named(operation: Operation, paged: PagedList, names: tuple[str, ...]) -> Collection:
    """Return the items for path values; by `unknownList: empty` an unknown value has none."""
    found = paged.collections.named(names)
    if paged.pagination.unknown_list is not UnknownList.EMPTY:
        return found
    located = zip(operation.located("path"), names, strict=True)
    unknown = any(parameter.is_unknown(name) for parameter, name in located)
    return replace(found, total=0) if unknown else found


def page(paged: PagedList, whole: Collection | Selection, parameters: Parameters) -> StubResponse:
    """Return the requested page; raise ErrorResponse if there is none, or if it is too large."""
    pagination = paged.pagination
    collection = paged.selected(whole, parameters.names, parameters.values)
    if collection is None:
        detail = f"the stub filters lists of at most {MOST_FILTERED} items; this has {whole.total}"
        raise ErrorResponse(_NOT_KNOWN, "List is too long to be filtered", detail)
    values = parameters.values
    page, size = values[pagination.page.name], values[pagination.size.name]
    if pagination.past_end is PastEnd.REFUSE:
        last = max(-(-collection.total // size), 1)
        if page > last:
            where = f"query parameter {pagination.page.name} is {actual(page)}"
            raise ErrorResponse(_GONE, "Page is not found", f"{where}; the last page is {last}")
    if (most := MOST_BYTES // collection.items.size) < min(size, collection.total):
        where = f"query parameter {pagination.size.name} is {actual(size)}"
        detail = f"{where}; the stub returns at most {most} {pagination.nouns.rows} at once"
        raise ErrorResponse(_NOT_KNOWN, "Page is too large", detail)
    return paged.reply(collection, page, size, parameters.values)
