"""Following: pages whose requests depend on earlier ones, as cursors and selections do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..evidence.walk import list_of
from ..requests.probes.plan import Profile
from ..requests.probes.selections import MOST_PAGES, page_after, selections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evidence.chain import Chain
    from ..evidence.evidence import Evidence
    from ..requests.probes.probe import Caller, Probe
    from ..requests.probes.selections import Selection
    from ..requests.sending.sender import Sender

MOST_IN_CHAIN = {Profile.SMOKE: 3, Profile.GATE: 40, Profile.DEEP: 2000}
"""How many pages of a list with cursors are read at each size."""
_SMALL = 7
_LONGEST = 4_000
"""Characters of a cursor that is sent: it comes from the server."""
_SORTED = 2
"""Pages that are read of a sorted list."""


@dataclass(frozen=True, slots=True)
class Follower:
    """Reads on where responses lead."""

    evidence: Evidence
    sender: Sender
    profile: Profile

    def read_chains(self, caller: Caller) -> None:
        """Read a list from cursor to cursor, at the largest size in full, and at a small one."""
        most = MOST_IN_CHAIN[self.profile]
        for size in chain_sizes(caller, self.profile):
            cursor: str | None = None
            for _ in range(most):
                [record] = self.sender.send_all([page_after(caller, size, cursor)])
                if record is None or not record.is_success:
                    break
                cursor = self._next(caller, record.reading.collection, record.reading.size)
                if cursor is None:
                    break

    def read_selections(self, caller: Caller) -> None:
        """Read what filters, searches and sorting make of a list."""
        if not caller.operation.selecting or self.profile is Profile.SMOKE:
            return
        chosen = selections(caller, self._rows(caller))
        probes = [each.page(caller, _size(caller, each)) for each in chosen]
        self.sender.send_all(probes)
        for number in range(2, MOST_PAGES + 1):
            following = list(self._following(caller, chosen, probes, number))
            self.sender.send_all(following)

    def _following(
        self, caller: Caller, chosen: list[Selection], probes: list[Probe], number: int
    ) -> Iterator[Probe]:
        paging = caller.operation.pagination
        for selection, probe in zip(chosen, probes, strict=True):
            reading, size = self.evidence.reader.read(probe.request), _size(caller, selection)
            if reading is None or (selection.sorts and number > _SORTED):
                continue
            if paging is None:
                cursor = self._next(caller, reading.collection, reading.size)
                if cursor is not None:
                    yield selection.after(caller, size, cursor)
                continue
            total = self.evidence.total_of((caller.operation.id, reading.collection)) or 0
            if size is not None and (number - 1) * size < total:
                yield selection.page(caller, size, paging.first + number - 1)

    def _rows(self, caller: Caller) -> list[Any]:
        """Return the rows that the whole list showed until now, those of its longest page."""
        mine = (r for r in self.evidence.answered if list_of(r) == caller.list_id and r.is_success)
        return max((record.items or [] for record in mine), key=len, default=[])

    def _next(
        self, caller: Caller, collection: tuple[tuple[str, str], ...], size: int | None
    ) -> str | None:
        """Return the cursor at the end of what was read of a list, None if there is none."""
        chain = next((c for c in self.evidence.chains if _is(c, caller, collection, size)), None)
        if chain is None or chain.again or chain.is_complete:
            return None
        cursor = chain.paging.next_of(chain.records[-1].body)
        return cursor if cursor is not None and len(cursor) <= _LONGEST else None


def _is(
    chain: Chain, caller: Caller, collection: tuple[tuple[str, str], ...], size: int | None
) -> bool:
    own = (chain.operation.id, chain.collection, chain.size)
    return own == (caller.operation.id, collection, size)


def chain_sizes(caller: Caller, profile: Profile) -> list[int | None]:
    """Return the sizes at which a list with cursors is read, the largest first."""
    size = caller.operation.size
    if size is None or profile is Profile.SMOKE:
        return [None]
    least, most = size.minimum or 1, size.maximum or 100
    return list(dict.fromkeys((most, max(least, min(_SMALL, most)))))


def _size(caller: Caller, selection: Selection) -> int | None:
    paging, size = caller.operation.pagination, caller.operation.size
    if size is None:
        return None
    if selection.sorts:
        return paging.usual if paging else max(size.minimum or 1, min(_SMALL, size.maximum or 100))
    return size.maximum or (paging.usual if paging else 100)


def most_requests(caller: Caller, profile: Profile) -> int:
    """Return the maximum number of requests that are sent for one list."""
    found = 0
    if caller.operation.cursors is not None:
        found += MOST_IN_CHAIN[profile] * len(chain_sizes(caller, profile))
    if caller.operation.selecting and profile is not Profile.SMOKE:
        found += len(selections(caller, [])) * MOST_PAGES
    return found
