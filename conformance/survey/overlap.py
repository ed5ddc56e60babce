"""Overlap: sends pairs of requests at once, and each alone again if its response differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from ..evidence.overlap import overlapped
from ..requests.probes.overlap import ALONE, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..http.exchange import Request
    from ..records.record import Record
    from ..requests.probes.overlap import Pair
    from ..requests.probes.probe import Caller, Probe
    from ..requests.sending.sender import Sender

_TIMES_AGAIN = 2


@dataclass(slots=True)
class Overlap:
    """Sends the pairs for the lists of one operation.

    `is_over` tells when no more pairs are to be sent.
    """

    sender: Sender
    is_over: Callable[[], bool]
    _alone: dict[Request, Record] = field(init=False)
    _left: int = field(init=False, default=ALONE)

    def __post_init__(self) -> None:
        probes = self.sender.probes
        known = (r for r in self.sender.evidence.records if r.number in probes)
        self._alone = {probes[record.number].request: record for record in known}

    def run(self, callers: Sequence[Caller], total: int, count: int) -> None:
        """Send `count` pairs, each in both orders; `total` is the total of the first list."""
        orders = [order for pair in self._chosen(callers, total, count) for order in pair.orders]
        for position in range(count if orders else 0):
            if self.is_over():
                break
            pair = orders[position % len(orders)]
            note = f"at once with a request that differs in {pair.difference}"
            self.sender.send_together(pair.probes, note)
        found = overlapped(self.sender.evidence)
        wrong = [self.sender.probes[each.record.number] for each in found if each.wrong]
        self._send_alone(probe for probe in dict.fromkeys(wrong) for _ in range(_TIMES_AGAIN))

    def _chosen(self, callers: Sequence[Caller], total: int, count: int) -> list[Pair]:
        """Choose pairs whose responses differ, half as many as are sent."""
        chosen: list[Pair] = []
        for pair in pairs(callers, total):
            if 2 * len(chosen) >= count:
                break
            self._send_alone(p for p in pair.probes if p.request not in self._alone)
            found = [self._alone.get(probe.request) for probe in pair.probes]
            first, second = (each and each.content for each in found)
            if first and second and first != second:
                chosen.append(pair)
        return chosen

    def _send_alone(self, probes: Iterable[Probe]) -> None:
        wanted = [*islice(probes, self._left)]
        self._left -= len(wanted)
        for probe, record in zip(wanted, self.sender.send_all(wanted), strict=True):
            if record is not None:
                self._alone[probe.request] = record
