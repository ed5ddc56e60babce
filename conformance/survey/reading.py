"""Reading: every named list is probed for what may differ there, and walked.

Responses that disagree are requested once more before anything is blamed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..evidence.walk import list_of
from ..requests.probes.lists import of_empty, of_first, of_further
from ..requests.probes.plan import Profile, pages_left
from ..requests.probes.walks import Pages, pages_of, share_of
from .following import Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..config.run_config import RunConfig
    from ..evidence.evidence import Evidence
    from ..http.exchange import Request
    from ..requests.probes.probe import Caller, Probe
    from ..requests.sending.sender import Sender

# A list that changes while it is read is read again this often (decision D15).
ATTEMPTS = 3
MOST_READ_AGAIN = 6
"""Requests that are sent again, at most: a run without disagreement sends none."""


@dataclass(frozen=True, slots=True)
class ListReader:
    """Reads the lists of an operation; `note` is called with messages about its progress."""

    config: RunConfig
    evidence: Evidence
    sender: Sender
    note: Callable[[str], None]

    def read(self, callers: list[Caller], empty: list[Caller]) -> None:
        """Read lists with rows, the first of which was probed before, and then those without."""
        profile = self.config.profile
        follower = Follower(self.evidence, self.sender, profile)
        if callers[0].operation.pagination is None:
            for caller in callers:
                if caller.operation.cursors is not None:
                    follower.read_chains(caller)
            follower.read_selections(callers[0])
            self._are_read([*callers, *empty])
            return
        if profile is Profile.SMOKE:
            self._walk(callers[0], pages_left(profile, self._most(callers[0]), self._sent))
            self._are_read([*callers[1:], *empty])
            return
        for position, caller in enumerate(callers):
            total = self.evidence.extent_of(caller.list_id)
            self._send_all(of_further(caller, total) if position else of_first(caller, total))
            if position == 0:
                follower.read_selections(caller)
            left = pages_left(profile, self._most(caller), self._sent)
            self._walk(caller, share_of(left, len(callers) - position - 1 + len(empty)))
        for caller in empty:
            self._send_all(of_further(caller, 0))
            self._send_all(of_empty(caller))
        self._are_read(empty)

    def _are_read(self, callers: Iterable[Caller]) -> None:
        for caller in callers:
            self.evidence.unread.pop(caller.list_id, None)

    def _most(self, caller: Caller) -> int | None:
        return self.config.budget_until(caller.operation)

    @property
    def _sent(self) -> int:
        return len(self.evidence.exchanges)

    def _send_all(self, probes: Iterable[Probe]) -> None:
        self.sender.send_all(probes)

    def _walk(self, caller: Caller, share: int) -> None:
        for attempt in range(ATTEMPTS):
            total = self.evidence.extent_of(caller.list_id)
            pages = pages_of(caller, total, share, self.config.profile)
            if pages.sampled and attempt == 0:
                self.evidence.notes.append(f"{caller.name}: {pages.sampled}")
            left = pages.parts if attempt == 0 else self._left(caller, pages)
            for part in left:
                self._send_all(part)
            self._are_read([caller])
            if self._kept_still(caller, pages):
                return
            self.note(f"{caller.name} changed while it was read; reading it again")
        reason = f"changed each of the {ATTEMPTS} times it was read"
        self.evidence.unread[caller.list_id] = f"it {reason}"
        self.evidence.notes.append(
            f"{caller.name} {reason}, so the rules about its pages are not judged (decision D15)"
        )

    def _left(self, caller: Caller, pages: Pages) -> Iterator[list[Probe]]:
        """Yield the parts of a walk without the pages that were read since the list changed.

        Pages that a walk reads a second time are read once more.
        """
        walks = (walk for walk in self.evidence.walks if walk.list_id == caller.list_id)
        known = {(walk.size, page) for walk in walks for page in walk.readings}
        for part in pages.parts:
            unread = []
            for probe in part:
                reading = self.evidence.reader.read(probe.request)
                at = (reading.size, reading.page) if reading else None
                if at not in known:
                    unread.append(probe)
                known.discard(at)
            yield unread

    def _kept_still(self, caller: Caller, pages: Pages) -> bool:
        """Whether a list did not change while it was read; that a size is rejected is no change."""
        wanted, walks = caller.list_id, self.evidence.walks
        walked = {walk.size for walk in walks if walk.settled and walk.list_id == wanted}
        mine = (record for record in self.evidence.answered if list_of(record) == wanted)
        read = {r.reading.size for r in mine if r.reading.is_valid and r.items is not None}
        return set(pages.sizes) & read <= walked


def read_again(sender: Sender) -> None:
    """Send requests again whose responses disagree with others, the later response first."""
    probes, evidence = sender.probes, sender.evidence
    sent: set[Request] = set()
    while len(sent) < MOST_READ_AGAIN:
        wanted = [
            record
            for pair in evidence.agreement.unresolved()
            for record in pair
            if record.number in probes and record.exchange.request not in sent
        ]
        if not wanted:
            return
        sent.add(wanted[0].exchange.request)
        probe = probes[wanted[0].number]
        sender.send(replace(probe, note=f"{probe.note}, again because responses disagree"))
