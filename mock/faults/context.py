"""What the conditions and operators of a fault work on: one request and its response."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import lookup
from .places import Places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from ...spec.contract import Contract
    from ...spec.model.media import DeclaredResponse
    from ...spec.parameters import Parameter
    from ...spec.schemas.validation import Schema
    from .call import Call, Response

UNKNOWN_TOKEN = "rk-nobody"  # noqa: S105 - it opens nothing
USUAL_MAXIMUM = 100
"""The largest page size if the contract sets none."""
VARIABLES = (
    *("page", "size", "total", "first", "rows", "last"),
    *("number", "example", "minimum", "maximum"),
)
"""The names that an expression of a catalogue can use."""
# Integers of CEL have 64 bits; products of two numbers have to fit, too.
_LARGEST = 10**15
MOST_DIGITS = 40
"""Longer parameters are not read as a number, which takes Python too long."""
_MOST_REMEMBERED, _MOST_BYTES = 2000, 4_000_000
_LARGEST_CALL = 16 * 1024


@dataclass(slots=True)
class Memory:
    """What a faulty server keeps between requests: values by key, and other requests.

    `previous` is the one that was answered last, `latest` the one that began last. `touched` counts
    the responses that a freedom changed, and `refused` those in which the contract does not allow
    it.
    """

    values: dict[Any, Any] = field(default_factory=dict)
    previous: Call | None = None
    latest: Call | None = None
    touched: int = 0
    refused: int = 0
    _bytes: int = 0

    def remember(self, key: Any, value: Any, size: int = 0) -> None:
        """Keep a value of `size` bytes; when too much is kept, forget everything before it."""
        if len(self.values) >= _MOST_REMEMBERED or self._bytes + size > _MOST_BYTES:
            self.values.clear()
            self._bytes = 0
        self.values[key] = value
        self._bytes += size

    def answered(self, call: Call) -> None:
        """Keep a request that was answered, without its body, unless it is large."""
        kept = replace(call, body=b"") if call.size_of_head <= _LARGEST_CALL else None
        self.previous = kept
        if self.latest is call:
            self.latest = kept


@dataclass(slots=True)
class Stub:
    """The conforming server behind a fault.

    `token` is one that it accepts; `ask` sends it a request; `known` keeps the places of each
    operation by its id.
    """

    contract: Contract
    token: str
    ask: Callable[[Call], Awaitable[Response]]
    memory: Memory = field(default_factory=Memory)
    known: dict[str, Places] = field(default_factory=dict)

    def places(self, call: Call) -> Places:
        """Return the places in the success of a request's operation."""
        id_ = call.operation.id
        if id_ not in self.known:
            self.known[id_] = Places(self.contract, call.operation)
        return self.known[id_]

    async def total(self, call: Call) -> int:
        """Return how many rows the list of a request has, 0 if it cannot be read."""
        if call.operation.pagination is None:
            return 0
        response = await self.ask(call.of_page(1, 1))
        return call.paging.total_of(response.json) or 0

    async def pick(self, call: Call, indices: Sequence[int]) -> list[Any]:
        """Return rows of a request's list by index, from 0; indices outside of it are left out."""
        size = call.paging.size.maximum or USUAL_MAXIMUM
        pages: dict[int, list[Any]] = {}
        for page in sorted({index // size for index in indices if index >= 0}):
            response = await self.ask(call.of_page(page + 1, size))
            pages[page] = lookup(response.json, call.paging.items) or []
        rows = [(pages[index // size], index % size) for index in indices if index >= 0]
        return [page[row] for page, row in rows if row < len(page)]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: its value, its index in the list and its position on the page, from 0."""

    value: Any
    index: int
    position: int


@dataclass(slots=True)
class Context:
    """A request as it was sent, the one that reaches the stub in its place, and the response.

    `listed` is how many rows the requested list has, -1 if it has none to show or is not counted.
    """

    call: Call
    stub: Stub
    asked: Call
    response: Response | None = None
    listed: int = -1

    async def count_list(self) -> None:
        """Count the rows of the requested list, whatever token and page the request has."""
        if self.call.operation.pagination is not None:
            call = self.call.of_page(1, 1).with_token(self.stub.token)
            response = await self.stub.ask(call)
            total = self.call.paging.total_of(response.json) if response.is_success else None
            self.listed = -1 if total is None else total

    async def answered(self) -> Response:
        """Return the response; ask the stub for it if it is not there yet."""
        if self.response is None:
            self.response = await self.stub.ask(self.asked)
        return self.response

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the parameters of the request, which laws can read."""
        operation = self.asked.operation
        segments = operation.match(self.asked.path)
        return {} if segments is None else operation.values(segments, self.asked.query)

    def accepts(self, value: Any) -> bool:
        """Whether the contract accepts a value as the body of the response."""
        return self._schema is None or self._schema.accepts(value, self.parameters)

    def wrong_rows(self, value: Any) -> set[int]:
        """Return the positions of the rows in a body that the contract does not accept."""
        paging, schema = self.asked.operation.pagination, self._schema
        if paging is None or schema is None or schema.accepts(value, self.parameters):
            return set()
        deep = len(paging.items)
        places = (each.place for each in schema.judge(value, self.parameters).violations)
        within = (place[deep] for place in places if place[:deep] == paging.items != place)
        return {int(part) for part in within if part.isdecimal()}

    @property
    def conforms(self) -> bool:
        """Whether the contract has the status of the response, and accepts its body."""
        if self.response is None or self._declared is None:
            return False
        value = self.response.unpacked.json
        return self._schema is None or (value is not None and self.accepts(value))

    @property
    def _declared(self) -> DeclaredResponse | None:
        if self.response is None:
            return None
        return self.asked.operation.response_for(self.response.status)

    @property
    def _schema(self) -> Schema | None:
        return self._declared.schema if self._declared else None

    @property
    def is_list(self) -> bool:
        """Whether the response is a success with a page of a list."""
        return self.response is not None and self.response.is_success and self.asked.is_listing

    @property
    def is_error(self) -> bool:
        """Whether the response is an error."""
        return self.response is not None and self.response.is_error

    @property
    def body(self) -> Any:
        """The body of the response as JSON, or None."""
        return None if self.response is None else self.response.json

    @property
    def page(self) -> int:
        """The requested page, 1 if it is missing or invalid."""
        return self.call.page or 1

    @property
    def size(self) -> int:
        """The requested page size, also if it is too large; 1 if it is missing or no number."""
        if self.call.operation.pagination is None:
            return 1
        return self.call.size or number(self.call.texts(self.call.paging.size)) or 1

    @property
    def total(self) -> int:
        """The number of rows that the response names, 0 without one."""
        return (self.asked.paging.total_of(self.body) or 0) if self.is_list else 0

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return last_page(self.total, self.size)

    def rows(self, body: Any) -> Iterator[Row]:
        """Yield the rows of the body of a success."""
        first = (self.page - 1) * self.size
        for position, value in enumerate(self.asked.paging.items_of(body) or ()):
            yield Row(value, first + position, position)

    def parameter(self, name: str) -> Parameter | None:
        """Return a query parameter by its role (page, size) or by a requirement tied to it."""
        paging = self.call.operation.pagination
        if name in {"page", "size"}:
            return getattr(paging, name) if paging else None
        return self.call.tied(name)

    def variables(self, total: int, about: Parameter | None = None) -> dict[str, int]:
        """Return the values of VARIABLES, by name.

        `about` is the parameter whose number, example and bounds they are, the page size if it is
        None.
        """
        paging = self.call.operation.pagination
        parameter = about or (paging.size if paging else None)
        first = (self.page - 1) * self.size
        values = [self.page, self.size, total, first]
        values += [max(0, min(self.size, total - first)), last_page(total, self.size)]
        if parameter is None:
            values += [0, 1, 0, USUAL_MAXIMUM]
        else:
            example = parameter.example if isinstance(parameter.example, int) else 1
            values += [number(self.call.texts(parameter)) or 0, example]
            values += [parameter.minimum or 0, parameter.maximum or USUAL_MAXIMUM]
        bounded = (max(-_LARGEST, min(value, _LARGEST)) for value in values)
        return dict(zip(VARIABLES, bounded, strict=True))


def last_page(total: int, size: int) -> int:
    """Return the number of the last page, at least 1."""
    return max(1, -(-total // size)) if size > 0 else 1


def number(texts: list[str]) -> int | None:
    """Return the integer that a parameter is sent with, or None if it is none, or several."""
    text = texts[0].removeprefix("-") if len(texts) == 1 else ""
    return int(texts[0]) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
