"""Overlap: sends pairs of requests at once, and each alone again if its response differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..evidence.overlap import overlapped
from ..probes.overlap import pairs
from ..probes.plan import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..evidence.evidence import Evidence
    from ..evidence.record import Record
    from ..http.client import Client
    from ..http.exchange import Request
    from ..probes.overlap import Pair
    from ..probes.probe import Caller, Probe

PAIRS = {Profile.SMOKE: 0, Profile.GATE: 8, Profile.DEEP: 400}
"""How many pairs are sent by default."""
ALONE = 8
"""The maximum number of requests that are sent alone, for the comparison."""
_TIMES_AGAIN = 2


def most_requests(count: int) -> int:
    """Return the maximum number of requests for so many pairs."""
    return 2 * count + (ALONE if count else 0)


@dataclass(slots=True)
class Overlap:
    """Sends the pairs for the lists of one operation.

    `probes` has what was sent, by the number of the exchange. `send` sends a request alone.
    `is_over` tells when no more pairs are to be sent.
    """

    evidence: Evidence
    client: Client
    probes: Mapping[int, Probe]
    send: Callable[[Probe], Record | None]
    is_over: Callable[[], bool]
    _alone: dict[Request, Record] = field(init=False)
    _left: int = field(init=False, default=ALONE)

    def __post_init__(self) -> None:
        known = self.evidence.records
        sent = ((self.probes[r.number], r) for r in known if r.number in self.probes)
        self._alone = {probe.request: record for probe, record in sent}

    def run(self, callers: Sequence[Caller], total: int, count: int) -> None:
        """Send `count` pairs, each in both orders; `total` is the total of the first list."""
        orders = [order for pair in self._chosen(callers, total, count) for order in pair.orders]
        sent: dict[int, Probe] = {}
        for position in range(count if orders else 0):
            if self.is_over():
                break
            pair = orders[position % len(orders)]
            note = f"at once with a request that differs in {pair.difference}"
            both = [(probe.request, note) for probe in pair.probes]
            for exchange, probe in zip(self.client.send_together(both), pair.probes, strict=True):
                self.evidence.add(exchange)
                sent[exchange.number] = probe
        wrong = [sent[e.record.number] for e in overlapped(self.evidence) if e.wrong]
        for probe in dict.fromkeys(wrong):
            for _ in range(_TIMES_AGAIN):
                self._send_alone(probe)

    def _chosen(self, callers: Sequence[Caller], total: int, count: int) -> list[Pair]:
        """Choose pairs whose responses differ, half as many as are sent."""
        chosen: list[Pair] = []
        for pair in pairs(callers, total):
            if 2 * len(chosen) >= count:
                break
            for probe in pair.probes:
                if probe.request not in self._alone:
                    self._send_alone(probe)
            found = [self._alone.get(probe.request) for probe in pair.probes]
            first, second = (each and each.content for each in found)
            if first and second and first != second:
                chosen.append(pair)
        return chosen

    def _send_alone(self, probe: Probe) -> None:
        if self._left > 0:
            self._left -= 1
            record = self.send(probe)
            if record is not None:
                self._alone[probe.request] = record
