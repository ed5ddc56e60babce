"""Pages: the responses of an operation that returns a list in numbered pages.

A page is validated before it is sent. Items are valid by construction, so usually the envelope is
validated alone, with the number of its items. If the contract says more about the items, or about
the items and the envelope together, each page is validated in full.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import get
from ...spec.model.lists import Pagination
from ..data.providers import ProviderError
from ..response import StubResponse
from ..writing import dumps
from .stub_list import Envelope, InvalidResponseError, StubList, laws_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ..data.dataset import Rows
    from ..data.makers.compiler import Compiler

_KINDS_KEPT = 8192
_LONGEST_KEPT = 200
"""Characters of the values of a request that anything is remembered for."""


class PagedList(StubList):
    """A list in numbered pages.

    Raises ProviderError if no items can be made for its schema.
    """

    pagination: Pagination

    def __init__(
        self, contract: Contract, operation: Operation, compiler: Compiler, seed: bytes
    ) -> None:
        super().__init__(contract, operation, compiler, seed)
        pagination = self.pagination
        if not isinstance(pagination, Pagination):
            raise ProviderError("x-pagination has no numbered pages", operation.place)
        # Where the numbers of a page stand: its own, the total, and that of all pages.
        self._numbers = (pagination.current_page, pagination.total_items, pagination.total_pages)
        self._envelope = Envelope(self._body, [*self._numbers, pagination.items], numbers=True)
        self._skeleton = self._without_items()
        self._closed = self._is_closed(self._skeleton)
        numbers = {pagination.page.name, pagination.size.name}
        asked = {name for node in self._path for law in laws_of(node) for name in law.asks}
        self._reads = sorted(asked - numbers)
        self._problems: dict[tuple[Any, ...], str | None] = {}

    def reply(self, rows: Rows, page: int, size: int, request: Mapping[str, Any]) -> StubResponse:
        """Return a page; raise InvalidResponseError if it breaks the contract."""
        total = rows.total
        pages = -(-total // size)
        items, count = rows.rows((page - 1) * size, size)
        body = self._envelope.filled((page, total, pages, items))
        if self._closed and rows.items.proven:
            # Pages of one kind are judged once. To laws about these numbers they differ in the
            # place of the page in the list, whether it is full, and the magnitude of a number.
            read = repr([request.get(name) for name in self._reads]) if self._reads else ""
            place = (pages > page) - (pages < page)
            lengths = (page.bit_length(), total.bit_length(), pages.bit_length())
            kind = (size, min(page, 3), place, count == size, lengths, read)
            problem = self._problems.get(kind, "")
            if problem == "":
                problem = self._judge_envelope((page, total, pages), count, request)
                if len(self._problems) >= _KINDS_KEPT:
                    self._problems.clear()
                if len(read) <= _LONGEST_KEPT:
                    self._problems[kind] = problem
        else:
            problem = self._judge(json.loads(body), request)
        if problem is not None:
            raise InvalidResponseError(problem)
        headers = (self._content_type, (b"content-length", b"%d" % len(body)))
        return StubResponse(self.status, headers, body)

    def _judge_envelope(
        self, numbers: tuple[int, int, int], count: int, request: Mapping[str, Any]
    ) -> str | None:
        """Validate all but the items, which are valid; laws only count them."""
        value = self._skeleton
        self._set_numbers(value, numbers)
        if not self._schema.is_valid(value) and (found := self._schema.violations(value, request)):
            return "; ".join(map(str, found[:3]))
        stand_ins: list[Any] = [None] * count
        items = get(value, self.pagination.items)
        items.extend(stand_ins)
        try:
            element = value
            for node, part in zip(self._path, (*self.pagination.items, ""), strict=True):
                for law, _, broken in node.laws.judge([element], request) if node.laws else ():
                    if broken:
                        return law.explain(element, request)
                element = element[part] if part else element
        finally:
            items.clear()
        return None

    def _set_numbers(self, value: Any, numbers: tuple[int, int, int]) -> None:
        for place, number in zip(self._numbers, numbers, strict=True):
            if place is not None:
                get(value, place[:-1])[place[-1]] = number

    def _without_items(self) -> Any:
        value = json.loads(dumps(self._body))
        self._set_numbers(value, (1, 0, 0))
        place = self.pagination.items
        get(value, place[:-1])[place[-1]] = []
        return value
