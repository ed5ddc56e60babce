"""The conforming stub behind a fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...spec.model import lookup
from .places import Places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ...spec.contract import Contract
    from .call import Call, Response

UNKNOWN_TOKEN = "rk-nobody"  # noqa: S105 - it opens nothing
_SIZE = 100
_MOST_REMEMBERED = 2000


@dataclass(slots=True)
class Memory:
    """What a faulty server keeps between requests: responses by key, and the previous request."""

    values: dict[Any, Any] = field(default_factory=dict)
    previous: Call | None = None

    def remember(self, key: Any, value: Any) -> None:
        """Keep a value; when too much is kept, forget everything before it."""
        if len(self.values) >= _MOST_REMEMBERED:
            self.values.clear()
        self.values[key] = value


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
        size = call.paging.size.maximum or _SIZE
        pages: dict[int, list[Any]] = {}
        for page in sorted({index // size for index in indices if index >= 0}):
            response = await self.ask(call.of_page(page + 1, size))
            pages[page] = lookup(response.json, call.paging.items) or []
        rows = [(pages[index // size], index % size) for index in indices if index >= 0]
        return [page[row] for page, row in rows if row < len(page)]
