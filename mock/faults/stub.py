"""The stub as a fault sees it: it is asked calls, and knows what they lead to in the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...spec.model import lookup
from .places import Places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ...spec.contract import Contract
    from .call import Answer, Call


class Stub:
    """The conforming server behind a fault.

    `token` is a valid one. `memory` is for faults that remember, and is emptied when it grows.
    """

    def __init__(
        self, contract: Contract, token: str, ask: Callable[[Call], Awaitable[Answer]]
    ) -> None:
        self.contract, self.token, self.ask = contract, token, ask
        self.memory: dict[Any, Any] = {}
        self._places: dict[str, Places] = {}

    def places(self, call: Call) -> Places:
        """Give the places of the success of a call's operation."""
        id_ = call.operation.id
        if id_ not in self._places:
            self._places[id_] = Places(self.contract, call.operation)
        return self._places[id_]

    def remember(self, key: Any, value: Any) -> None:
        """Keep a value; what was kept before is lost when there is too much of it."""
        if len(self.memory) >= _MOST_REMEMBERED:
            self.memory.clear()
        self.memory[key] = value

    async def total(self, call: Call) -> int:
        """Give how many rows the list of a call has."""
        answer = await self.ask(call.of_page(1, 1))
        return call.paging.total_of(answer.json) or 0

    async def pick(self, call: Call, indices: Sequence[int]) -> list[Any]:
        """Give rows of the list of a call by their place in it, those it has not left out."""
        size = call.paging.size.maximum or _SIZE
        pages: dict[int, list[Any]] = {}
        for page in sorted({index // size for index in indices if index >= 0}):
            answer = await self.ask(call.of_page(page + 1, size))
            pages[page] = lookup(answer.json, call.paging.items) or []
        rows = [(pages[index // size], index % size) for index in indices if index >= 0]
        return [page[row] for page, row in rows if row < len(page)]


_SIZE = 100
_MOST_REMEMBERED = 2000
