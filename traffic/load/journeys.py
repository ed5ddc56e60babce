"""Journeys: what users do with the lists of a contract, one request after another.

A user opens a list, pages through it, changes the size of the pages, comes back, and goes on to
another list, at times with another token.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ...conformance.config.run_config import RunConfig
from ...conformance.requests.probes.selections import page_after

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
    from random import Random

    from ...conformance.evidence.walk import ListId
    from ...conformance.http.exchange import Request
    from ...conformance.http.target import Target
    from ...conformance.requests.probes.probe import Caller
    from ...spec.contract import Contract
    from ...spec.model.lists import CursorPagination, Pagination

_MOST_PAGES = 6
"""The most pages that a user reads in a row."""
_MOST_LISTS = 3
"""The most lists that a user visits with one token."""
_MOST_KEPT = 4_096
"""Requests that are kept, as many users send the same."""
_LONGEST = 4_000
"""Characters of a cursor that is sent: it comes from the server."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request to send, the path of its operation, under which it is counted, and its token."""

    request: Request
    path: str
    token: int


Steps: TypeAlias = "Generator[Step, bytes | None, None]"
"""Yields what to send; it is sent the body of a success, None for all else."""


class NothingToSendError(Exception):
    """No operation of the contract can be sent; the message says why."""


def callers_of(
    contract: Contract,
    target: Target,
    tokens: Sequence[str],
    lists: Mapping[str, tuple[str, ...]],
    opened: Sequence[Collection[ListId]] | None = None,
) -> list[list[Caller]]:
    """Return for each token what writes the requests for each list.

    Operations that write are left out, and lists that the token has not `opened`, if that is known.
    Raises NothingToSendError if nothing is left.
    """
    found = []
    for number, token in enumerate(tokens):
        config = RunConfig(contract, token, lists)
        callers = [c for c in config.callers(target) if not c.operation.writes]
        if opened is not None:
            callers = [caller for caller in callers if caller.list_id in opened[number]]
        if not callers:
            reasons = {config.left_out(each) for each in contract.operations}
            why = "; ".join(sorted(filter(None, reasons))) or "it has no operation that reads"
            raise NothingToSendError(f"no operation of the contract can be sent: {why}")
        found.append(callers)
    return found


def known_of(callers: Iterable[Iterable[Caller]]) -> frozenset[str]:
    """Return the values of path parameters that are sent."""
    return frozenset(value for each in callers for c in each for value in c.path.values())


class Traveller:
    """Writes the requests of users; each list can be `callers[token][list]`."""

    def __init__(self, callers: Sequence[Sequence[Caller]]) -> None:
        self._callers = callers
        self._page = lru_cache(_MOST_KEPT)(self._written)

    def steps(self, random: Random) -> Steps:
        """Yield the requests of one user, without an end."""
        while True:
            token = random.randrange(len(self._callers))
            for _ in range(random.randint(1, _MOST_LISTS)):
                number = random.randrange(len(self._callers[token]))
                yield from self._visit(token, number, random)

    def _visit(self, token: int, number: int, random: Random) -> Steps:
        operation = self._callers[token][number].operation
        if operation.pagination is not None:
            yield from self._paged(token, number, operation.pagination, random)
        elif operation.cursors is not None:
            yield from self._chained(token, number, operation.cursors, random)
        else:
            yield self._page(token, number, None, None)

    def _paged(self, token: int, number: int, paging: Pagination, random: Random) -> Steps:
        size, first = paging.usual, paging.first
        body = yield self._page(token, number, first, size)
        if body is None:
            return
        total = paging.total_of(_parsed(body)) or 0
        through = range(first + 1, first + random.randint(1, _MOST_PAGES))
        for page in through[: max(0, paging.last(total, size) - first)]:
            yield self._page(token, number, page, size)
        other = random.choice(_sizes(paging))
        last = paging.last(total, other)
        for page in dict.fromkeys((first, random.randint(first, last), last)):
            yield self._page(token, number, page, other)
        back = random.randint(first, min(through.stop, paging.last(total, size)))
        yield self._page(token, number, back, size)

    def _chained(self, token: int, number: int, paging: CursorPagination, random: Random) -> Steps:
        caller = self._callers[token][number]
        size = caller.operation.size
        sizes = [None] if size is None else [None, size.maximum or 100]
        for each in sizes:
            cursor: str | None = None
            for _ in range(random.randint(1, _MOST_PAGES)):
                probe = page_after(caller, each, cursor)
                body = yield Step(probe.request, caller.operation.path, token)
                cursor = None if body is None else paging.next_of(_parsed(body))
                if cursor is None or len(cursor) > _LONGEST:
                    break

    def _written(self, token: int, number: int, page: int | None, size: int | None) -> Step:
        caller = self._callers[token][number]
        return Step(caller.request(page=page, size=size), caller.operation.path, token)


def _sizes(paging: Pagination) -> list[int]:
    """Return the sizes that a user can choose from."""
    usual, least, most = paging.usual, paging.least, paging.most
    wanted = (usual // 2, usual * 2, usual * 5, most)
    return [*dict.fromkeys(min(max(least, size), most) for size in wanted)]


def _parsed(body: bytes) -> Any:
    """Return a body as a value; what is not JSON is None, as the judge says so."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
