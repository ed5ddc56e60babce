"""Cursors: the responses of an operation whose pages lead to each other, or that has one page.

A cursor says where the page begins, and which list and filters it belongs to: nothing is kept
between requests, and a cursor that was not returned before is not valid.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ...spec.documents.pointers import get
from ...spec.model.lists import CursorPagination
from ..data.dataset import values_of
from ..data.keystream import digest
from ..data.providers import ProviderError
from ..response import StubResponse
from ..writing import dumps
from .selections import MOST_SELECTED
from .stub_list import Envelope, InvalidResponseError, StubList, laws_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.operation import Operation
    from ...spec.parameters import Parameter
    from ..data.dataset import Rows
    from ..data.makers.compiler import Compiler

_PLACE, _PROOF = 6, 6
"""Bytes of a cursor: the index of the first item, and a proof that the stub made it."""
_USUAL = 20
_KINDS_KEPT = 8192
_LINKS = {"uri", "uri-reference", "url"}


class CursorList(StubList):
    """A list whose pages lead to each other by cursors; without a cursor, it has one page.

    Raises ProviderError if no items can be made for its schema, or no cursor for its parameter.
    """

    pagination: CursorPagination

    def __init__(
        self, contract: Contract, operation: Operation, compiler: Compiler, seed: bytes
    ) -> None:
        super().__init__(contract, operation, compiler, seed)
        pagination = self.pagination
        if not isinstance(pagination, CursorPagination):
            raise ProviderError("x-pagination has no cursor", operation.place)
        self._secret = digest(self._seed, "cursor")
        self._links = self._format_of(pagination.next) in _LINKS
        self._envelopes = {has_next: self._envelope(has_next) for has_next in (True, False)}
        self._valid: set[tuple[bool, int, int]] = set()
        asks = any(law.asks for node in self._path for law in laws_of(node))
        self._closed = not asks and self._is_closed(self._with(self._body, pagination.items, []))
        if pagination.cursor is not None and pagination.next is not None:
            self._check(pagination.cursor)

    def size(self, rows: Rows, request: Mapping[str, Any]) -> int:
        """Return how many items a page has, by the request or by the contract."""
        size = self.pagination.size
        if self.pagination.cursor is None:
            return max(1, rows.total)
        if size is None:
            return _USUAL
        found = request.get(size.name) or size.example or min(_USUAL, size.maximum or _USUAL)
        return int(found)

    def start(self, rows: Rows, names: tuple[str, ...], request: Mapping[str, Any]) -> int | None:
        """Return the index of the first item of a page, None if the cursor is not valid."""
        cursor = self.pagination.cursor
        text = None if cursor is None else request.get(cursor.name)
        if text is None:
            return 0
        if self.pagination.next is None:
            return self._after(rows, str(text))
        if isinstance(text, int):
            return text if 0 < text < rows.total else None
        try:
            raw = urlsafe_b64decode(text.encode())
        except ValueError:
            return None
        start = int.from_bytes(raw[:_PLACE], "big")
        return start if text == self._cursor(start, names, request) else None

    def reply(
        self, rows: Rows, start: int, size: int, names: tuple[str, ...], request: Mapping[str, Any]
    ) -> StubResponse:
        """Return a page; raise InvalidResponseError if it breaks the contract."""
        items, count = rows.rows(start, size)
        has_next = start + count < rows.total
        following = b""
        if has_next and self.pagination.next is not None:
            cursor = self._cursor(start + count, names, request)
            following = dumps(self._link(cursor, names, request) if self._links else cursor)
        body = self._envelopes[has_next].filled((b"%d" % rows.total, following, items))
        kind = (has_next, count, rows.total.bit_length())
        if not (self._closed and rows.items.proven and kind in self._valid):
            problem = self._judge(json.loads(body), request)
            if problem is not None:
                raise InvalidResponseError(problem)
            if len(self._valid) >= _KINDS_KEPT:
                self._valid.clear()
            self._valid.add(kind)
        headers = (self._content_type, (b"content-length", b"%d" % len(body)))
        return StubResponse(self.status, headers, body)

    def _after(self, rows: Rows, key: str) -> int | None:
        """Return the index after the item with a key, None if there is none."""
        if rows.total > MOST_SELECTED:
            return None
        keys = list(map(str, self.pagination.keys_of(values_of(rows))))
        return keys.index(key) + 1 if key in keys else None

    def _cursor(self, start: int, names: tuple[str, ...], request: Mapping[str, Any]) -> str | int:
        cursor = self.pagination.cursor
        if cursor is not None and cursor.is_integer:
            return start
        about = repr((names, self.selections.wanted(request)))
        proof = digest(self._secret, start, about, size=_PROOF)
        return urlsafe_b64encode(start.to_bytes(_PLACE, "big") + proof).decode()

    def _link(self, cursor: str | int, names: tuple[str, ...], request: Mapping[str, Any]) -> str:
        """Return the URL of a page, below the first server of the contract."""
        pagination, parameters = self.pagination, self.operation.located("path")
        path = self.operation.filled(
            {each.name: quote(name, safe="") for each, name in zip(parameters, names, strict=True)}
        )
        kept = [*self.selections.wanted(request)]
        if pagination.size is not None:
            kept.append(pagination.size.name)
        query: list[tuple[str, Any]] = []
        for parameter in self.operation.located("query"):
            if parameter.name in kept and request.get(parameter.name) is not None:
                query += parameter.write(request[parameter.name])
        text = "&".join(f"{name}={value}" for name, value in query)
        own = urlencode({pagination.cursor.name: cursor}) if pagination.cursor else ""
        server = (self._contract.document.get("servers") or [{}])[0].get("url", "")
        return f"{str(server).rstrip('/')}{path}?{'&'.join(filter(None, (text, own)))}"

    def _check(self, cursor: Parameter) -> None:
        sample = self._cursor(1, ("name",), {})
        if not cursor.compiled.is_valid(sample):
            what = f"x-pagination: {sample!r}, a cursor of the stub, is not valid here"
            raise ProviderError(what, (*cursor.place, "schema"))

    def _envelope(self, has_next: bool) -> Envelope:
        pagination, value = self.pagination, json.loads(dumps(self._body))
        if pagination.next is not None and not has_next:
            self._end(value, pagination.next)
        if pagination.more is not None:
            value = self._with(value, pagination.more, has_next)
        following = pagination.next if has_next else None
        return Envelope(value, [pagination.total_items, following, pagination.items], numbers=False)

    def _end(self, value: Any, place: Pointer) -> None:
        """Write that there is no next page as its schema allows: missing, null or empty."""
        parent = get(value, place[:-1])
        for absent in (None, "", _MISSING):
            if absent is _MISSING:
                parent.pop(place[-1], None)
            else:
                parent[place[-1]] = absent
            whole = self._with(value, self.pagination.items, [])
            broken = self._schema.judge(whole, {}).violations
            if not any(each.place[: len(place)] == place for each in broken):
                return
        node = self._contract.schemas.below(self._schema.place, place)
        what = "x-pagination: next can be neither missing nor null nor empty on the last page"
        raise ProviderError(what, node.place if node else ())

    def _format_of(self, place: Pointer | None) -> str:
        node = place and self._contract.schemas.below(self._schema.place, place)
        return str(node.schema.get("format", "")) if node else ""

    @staticmethod
    def _with(value: Any, place: Pointer, new: Any) -> Any:
        """Return a copy of a value with another one at a place."""
        found = json.loads(dumps(value))
        get(found, place[:-1])[place[-1]] = new
        return found


_MISSING = object()
