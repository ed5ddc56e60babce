"""Responses with a page of a list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.describing import actual
from ...spec.model.lists import PastEnd, UnknownList
from ..lists.cursors import CursorList
from ..lists.pages import PagedList
from ..lists.selections import MOST_SELECTED
from ..lists.stub_list import MOST_BYTES
from .error_response import ErrorResponse

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ..data.dataset import Collection, Rows
    from ..data.makers.compiler import Compiler
    from ..lists.stub_list import StubList
    from ..response import StubResponse
    from .request_parser import Parameters

_BAD, _GONE, _NOT_KNOWN = 400, 404, 501


def of(contract: Contract, operation: Operation, compiler: Compiler, seed: bytes) -> StubList:
    """Return the list of an operation; raise ProviderError if it cannot be made."""
    kind = CursorList if operation.pagination is None else PagedList
    return kind(contract, operation, compiler, seed)


def named(operation: Operation, stub: StubList, names: tuple[str, ...]) -> Collection:
    """Return the items for path values; by `unknownList: empty` an unknown value has none."""
    found = stub.collections.named(names)
    paging = operation.pagination
    if paging is None or paging.unknown_list is not UnknownList.EMPTY:
        return found
    located = zip(operation.located("path"), names, strict=True)
    unknown = any(parameter.is_unknown(name) for parameter, name in located)
    return replace(found, total=0) if unknown else found


def page(stub: StubList, whole: Rows, parameters: Parameters) -> StubResponse:
    """Return the requested page; raise ErrorResponse if there is none, or if it is too large."""
    rows = stub.selections.of(whole, parameters.names, parameters.values)
    if rows is None:
        detail = (
            f"the stub filters and sorts lists of at most {MOST_SELECTED} items; this has"
            f" {whole.total}"
        )
        raise ErrorResponse(_NOT_KNOWN, "List is too long to be filtered", detail)
    if isinstance(stub, PagedList):
        return _numbered(stub, rows, parameters)
    if isinstance(stub, CursorList):
        return _continued(stub, rows, parameters)
    raise TypeError(type(stub))


def _numbered(stub: PagedList, rows: Rows, parameters: Parameters) -> StubResponse:
    pagination, values = stub.pagination, parameters.values
    page, size = values[pagination.page.name], values[pagination.size.name]
    if pagination.past_end is PastEnd.REFUSE:
        last = max(-(-rows.total // size), 1)
        if page > last:
            where = f"query parameter {pagination.page.name} is {actual(page)}"
            raise ErrorResponse(_GONE, "Page is not found", f"{where}; the last page is {last}")
    _bound(stub, rows, size)
    return stub.reply(rows, page, size, values)


def _continued(stub: CursorList, rows: Rows, parameters: Parameters) -> StubResponse:
    values, cursor = parameters.values, stub.pagination.cursor
    size = stub.size(rows, values)
    _bound(stub, rows, size)
    start = stub.start(rows, parameters.names, values)
    if start is None:
        name = cursor.name if cursor else ""
        detail = f"query parameter {name} is {actual(values.get(name))}"
        allowed = "allowed is what a response to a request with the same filters returned"
        raise ErrorResponse(_BAD, f"{name} is not valid", f"{detail}; {allowed}")
    return stub.reply(rows, start, size, parameters.names, values)


def _bound(stub: StubList, rows: Rows, size: int) -> None:
    count, each = min(size, rows.total), rows.items.size
    if count * each > MOST_BYTES:
        detail = (
            f"the request is for {count} {stub.pagination.nouns.rows}; the stub"
            f" returns at most {MOST_BYTES // each} at once"
        )
        raise ErrorResponse(_NOT_KNOWN, "Page is too large", detail)
