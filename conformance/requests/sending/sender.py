"""The sender: it sends the probes of a run, several at once where their order does not matter.

The first good request, the reminder, is sent again through the run. If it stops being answered as
at first, the run waits, slows down, takes another token or ends; what was sent in the meantime is
not judged, and is sent again if the run goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...client.client import Sending
from ...http.exchange import FailureKind
from ..probes.plan import reminder
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...client.client import Client
    from ...evidence.evidence import Evidence
    from ...records.record import Record
    from ..probes.probe import Probe
    from .confirming import Confirmations
    from .current_token import CurrentToken
    from .patience import Patience

AT_ONCE = 12
"""The number of requests that are sent before their responses are looked at."""
JOBS = ((0.5, 6), (0.05, 4), (0.0, 1))
"""How many requests are under way at once if a response takes longer than so many seconds."""
# Requests in a row that are to be rejected, after which the reminder is sent.
_MOST_REJECTED = 12


@dataclass(slots=True)
class Sender:
    """Sends probes.

    `jobs` is how many requests may be under way at once, None to decide by the speed of the server.
    `reminders` is how often the reminder may be sent where many requests in a row are to be
    rejected. `probes` has what was sent, by the number of its exchange.
    """

    client: Client
    evidence: Evidence
    confirmations: Confirmations
    patience: Patience
    token: CurrentToken
    jobs: int | None = 1
    reminders: int = 0
    probes: dict[int, Probe] = field(init=False, default_factory=dict)
    watch: Watch = field(init=False)
    _reminder: Probe | None = field(init=False, default=None)
    _opening: Probe | None = field(init=False, default=None)
    """The last request that may have left a connection open for the next one."""

    def __post_init__(self) -> None:
        self.watch = Watch(self.client, self.evidence, self.patience, self.token, self._remind)

    def use(self, evidence: Evidence) -> None:
        """Add to this evidence from now on; nothing is sent yet."""
        self.evidence = self.watch.evidence = evidence

    def open(self, probe: Probe) -> Record | None:
        """Send one of the first requests of a run, again after a pause if the server wants one."""
        if self._reminder is not None:
            return self.send(probe)
        record = self._once([probe])[0]
        while record is not None and (pause := self.watch.asked_to_wait(record)) is not None:
            if not self.watch.wait(pause):
                break
            self.evidence.set_aside([record])
            record = self._once([probe])[0]
        return self._confirmed(probe, record)

    def begin(self, probe: Probe, record: Record) -> None:
        """Take a request for the reminder if there is none; `record` has its response."""
        if self._reminder is None:
            self._reminder = reminder(probe)
            self.watch.begin(record)

    def settle(self, times: int) -> None:
        """Send the first request some more times, and decide how many may be under way at once."""
        if self._reminder is None:
            return
        if self.jobs is None:
            slowest = self.patience.slowest
            self.jobs = next((jobs for least, jobs in JOBS if slowest > least), 1)
        limit = self.patience.of_known if times > 1 else None
        records = [each for each in self._once([self._reminder] * times, limit) if each]
        late = [record for record in records if _is_late(record)]
        if self.jobs > 1 and 0 < len(late) < times:
            # Some servers serve one connection at a time: no requirement is against it.
            self.jobs = 1
            self.evidence.set_aside(late)
            what = "the server serves one connection at a time, so requests were sent one by one"
            self.evidence.notes.append(what)
            self.client.close()
            records = [record for record in records if record not in late]
        self._look(records)

    def send(self, probe: Probe) -> Record | None:
        """Send a request, again if that has to be confirmed; return the last record."""
        return self.send_all([probe])[0]

    def send_all(self, probes: Iterable[Probe]) -> list[Record | None]:
        """Send requests whose order does not matter; return the last record of each, in order.

        Raises RequestLimit if no more may be sent, and RunEndedError if something other than the
        server answers.
        """
        results: list[Record | None] = []
        for group in _groups(self._with_reminders(probes)):
            for probe, record in zip(group, self._fairly(group), strict=True):
                if probe is not self._reminder:
                    results.append(self._confirmed(probe, record))
        return results

    def send_together(self, probes: Sequence[Probe], note: str) -> None:
        """Send requests so that all of them are under way at once. Raises like `send_all`."""
        for _ in range(2):
            self.patience.until_end(0)
            both = [(self.token.within(probe.request), note) for probe in probes]
            records: list[Record] = []
            for exchange, probe in zip(self.client.send_together(both), probes, strict=True):
                self.probes[exchange.number] = probe
                records += filter(None, [self.evidence.add(exchange)])
            if not self._look(records):
                return

    def is_fair(self, record: Record) -> bool:
        """Whether the server itself gave a response that was obtained elsewhere."""
        return record.number not in self._look([record])

    def notes(self) -> list[str]:
        """Return what the reports have to say about the way to the server."""
        return [*self.watch.notes(), *self.patience.notes()]

    def _look(self, records: Iterable[Record]) -> set[int]:
        """Watch some responses; return the numbers of those that were set aside."""
        records = list(records)
        for record in records:
            self.watch.weather.take(record)
        aside = self.watch.look() if self._reminder is not None else set()
        return aside & {record.number for record in records}

    def _remind(self) -> Record:
        assert self._reminder is not None  # noqa: S101 - `_look` has seen it
        record = self._once([self._reminder], self.patience.of_known)[0]
        assert record is not None  # noqa: S101 - the reminder is for an operation of the contract
        return record

    def _once(self, probes: Sequence[Probe], limit: float | None = None) -> list[Record | None]:
        """Send requests, and return their records in order.

        `limit` is the time limit of requests that are only sent to see what happens.
        """
        limits: list[float] = []

        def timeout() -> float:
            limits.append(self.patience.until_end(limit or self.patience.of_any))
            return limits[-1]

        has_token = self.evidence.reader.has_valid_token
        sendings = [
            Sending(
                self.token.within(probe.request),
                probe.note,
                alone=not (probe.shared or has_token(probe.request)),
            )
            for probe in probes
        ]
        jobs = self.jobs or 1
        records: list[Record | None] = []
        for exchange in self.client.send_all(sendings, jobs=jobs, timeout=timeout):
            probe = self.probes[exchange.number] = probes[len(records)]
            record = self.evidence.add(exchange, apart=probe.apart)
            records.append(record)
            if record is None:
                continue
            if limit is None and not self.patience.take(exchange, limits[-1]):
                self.evidence.set_aside([record])
        return records

    def _fairly(self, group: Sequence[Probe]) -> list[Record | None]:
        """Send requests, and return what the server itself answers to each."""
        answers: dict[int, Record | None] = {}
        while len(answers) < len(group):
            left = [place for place in range(len(group)) if place not in answers]
            if group[-1].shared:
                left = left[:1]
                is_open = not group[left[0]].shared or self.client.is_connected
                if not is_open and self._opening is not None:
                    self._fairly([self._opening])
            records = self._once([group[place] for place in left])
            aside = self._look(filter(None, records))
            for place, record in zip(left, records, strict=True):
                if not group[place].shared:
                    self._opening = group[place]
                if record is None or record.number not in aside:
                    answers[place] = record
        return [answers[place] for place in range(len(group))]

    def _confirmed(self, probe: Probe, record: Record | None) -> Record | None:
        repeats = 0
        while record is not None and self.confirmations.wants(self.evidence, record, repeats):
            record = self._fairly([probe])[0]
            repeats += 1
        return record

    def _with_reminders(self, probes: Iterable[Probe]) -> Iterator[Probe]:
        """Yield probes, and the reminder where many of them in a row are to be rejected."""
        rejected = 0
        for probe in probes:
            yield probe
            reading = self.evidence.reader.read(probe.request)
            rejected = 0 if reading is None or reading.is_valid else rejected + 1
            due = rejected >= _MOST_REJECTED and self.reminders > 0 and not probe.shared
            if due and self._reminder is not None:
                yield self._reminder
                rejected = 0
                self.reminders -= 1


def _is_late(record: Record) -> bool:
    failure = record.exchange.failure
    return failure is not None and failure.kind is FailureKind.TIMEOUT


def _groups(probes: Iterable[Probe]) -> Iterator[list[Probe]]:
    """Yield probes that may be under way at once, or that share a connection."""
    group: list[Probe] = []
    for probe in probes:
        if probe.shared and group and not group[-1].shared:
            if group[:-1]:
                yield group[:-1]
            group = group[-1:]
        elif not probe.shared and (len(group) >= AT_ONCE or (group and group[-1].shared)):
            yield group
            group = []
        group.append(probe)
    if group:
        yield group
