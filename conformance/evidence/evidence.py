"""Evidence: the records of a run, arranged for the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ..http.exchange import FailureKind
from .record import Record
from .walk import ListId, Walk, list_of, walks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ..http.exchange import Exchange
    from .parsed_request import ParsedRequest, RequestParser


@dataclass(frozen=True, slots=True)
class Case:
    """The shortest sequence of exchanges found that fails a requirement.

    `evidence` has these exchanges and no others. `again` tells whether the same requests failed it
    when they were sent once more.
    """

    requirement: str
    evidence: Evidence
    again: bool


@dataclass
class Evidence:
    """Everything that was exchanged in a run.

    `exchanges` has all of it in order, `records` what belongs to the contract. `not_sent` says of
    requirements why nothing was sent for them, and `notes` what else a reader has to know.

    `cases` were found by exploring: each is judged by itself, for its own requirement. `explored`
    counts what was judged besides, by requirement, in sequences of `let_go` exchanges that were in
    order and are not kept.
    """

    contract: Contract
    reader: RequestParser
    not_sent: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    explored: Mapping[str, int] = field(default_factory=dict)
    let_go: int = 0

    def parts(self, requirement: str) -> Iterator[Evidence]:
        """Give what a requirement is judged by: this evidence, and the cases found for it."""
        yield self
        yield from (case.evidence for case in self.cases if case.requirement == requirement)

    def add(self, exchange: Exchange, reading: ParsedRequest | None = None) -> Record | None:
        """Take in an exchange; give its record, None where it is not the contract's.

        `reading` is that of its request, where it was read already.
        """
        self.exchanges.append(exchange)
        reading = reading or self.reader.read(exchange.request)
        if reading is None:
            return None
        record = Record(self.contract, exchange, reading)
        self.records.append(record)
        for derived in ("walks", "answered", "unanswered", "intermittent", "_totals"):
            self.__dict__.pop(derived, None)
        return record

    @cached_property
    def walks(self) -> list[Walk]:
        """The lists that were read, each at one page size, while it did not change."""
        return walks(self.answered)

    @cached_property
    def intermittent(self) -> frozenset[int]:
        """The numbers of exchanges in which the server failed at what it can answer otherwise.

        Such a failure says nothing of what was asked, only that it happens. The same is true of a
        correct request that is refused once, and is a success another time.
        """
        if len(self.records) == 1:
            return frozenset()
        return frozenset(
            record.number
            for records in self._sent_alike()
            for record in _failed_now_and_then(records)
        )

    def _sent_alike(self) -> Iterable[list[Record]]:
        """Give the records of every request, to the byte the same, in order."""
        same: dict[object, list[Record]] = {}
        for record in self.records:
            request = record.exchange.request
            same.setdefault((request.method, request.target, request.headers), []).append(record)
        return same.values()

    @cached_property
    def answered(self) -> Sequence[Record]:
        """The records that a rule may judge by what was asked.

        A request put off to later has no answer yet, and one that fails now and then has none that
        counts.
        """
        return [r for r in self.every_answer if r.number not in self.intermittent]

    @cached_property
    def unanswered(self) -> Sequence[Record]:
        """The records of requests that never get an answer: the connection ends each time.

        Once may happen to any request, and says nothing of what was asked.
        """
        return [
            record
            for records in self._sent_alike()
            if len(records) > 1 and all(_got_no_word(record) for record in records)
            for record in records
        ]

    @property
    def every_answer(self) -> Iterator[Record]:
        """The records with an answer, also one that comes only now and then."""
        return (r for r in self.records if r.response is not None and not r.is_put_off)

    def where(self, *tests: Callable[[Record], bool]) -> Iterator[Record]:
        """Give the answered records for which every test holds."""
        for record in self.answered:
            for test in tests:
                if not test(record):
                    break
            else:
                yield record

    @cached_property
    def _totals(self) -> Mapping[ListId, tuple[int, int]]:
        """The smallest and the largest total that each list stated."""
        found: dict[ListId, tuple[int, int]] = {}
        for record in self.answered:
            if record.total is not None and record.reading.is_valid:
                least, most = found.get(list_of(record), (record.total, record.total))
                found[list_of(record)] = (min(least, record.total), max(most, record.total))
        return found

    def total_of(self, list_id: ListId) -> int | None:
        """Give the largest total that a list stated, None if it stated none."""
        return self._totals[list_id][1] if list_id in self._totals else None

    def is_within(self, record: Record) -> bool:
        """Whether the page asked for certainly has rows, or is the first."""
        if record.reading.page is None:
            return True
        totals = self._totals.get(list_of(record))
        first = record.reading.first_row
        return first == 0 or (totals is not None and first < totals[0])

    def is_past_end(self, record: Record) -> bool:
        """Whether the page asked for certainly lies past the last one."""
        totals = self._totals.get(list_of(record))
        return totals is not None and record.reading.first_row >= max(totals[1], 1)


def _failed_now_and_then(records: Sequence[Record]) -> Iterator[Record]:
    """Give those of equal requests that failed although others did not."""
    if any(r.response is not None and not r.is_server_error for r in records):
        yield from (r for r in records if r.is_server_error)
    if any(r.is_success for r in records):
        yield from (r for r in records if r.reading.is_valid and r.is_client_error)


def _got_no_word(record: Record) -> bool:
    failure = record.exchange.failure
    return failure is not None and failure.kind is FailureKind.DROPPED
