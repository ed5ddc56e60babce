"""Evidence: the records of a run, arranged for the rules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from ..http.exchange import FailureKind
from ..records.record import Record
from .agreement import Agreement
from .chain import Chain, chains
from .followed import Followed, followed
from .repeats import Repeats, sent_alike
from .walk import ListId, Walk, list_of, walks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ..http.exchange import Exchange, Request
    from ..records.parsed_request import ParsedRequest
    from ..records.request_parser import RequestParser
    from .expectation import Expectation


class Gap(NamedTuple):
    """Why a requirement was not judged, and what lets it be judged, as an instruction."""

    reason: str
    help: str = ""


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

    `exchanges` has all exchanges in order, `records` those for operations of the contract, and
    `apart` those of them that were under way at once with others, or that were sent to see what
    another request changed: only some rules judge them.
    `not_sent` says by requirement why no request was sent for it, and `notes` has sentences for the
    reports.

    `lists` has the name of each list that was named for the run, in their order, and `unread` why
    one of them was not read. Both are empty if other clients sent the requests. By their ids,
    `left_out` says why operations were not sent, and `unopened` why others cannot be judged.

    `cases` were found by exploration: each is judged by itself, for its own requirement. `explored`
    counts by requirement what else exploration judged, in `let_go` exchanges that had no findings
    and were not kept.

    `expectations` are what a team wrote down about the lists.

    `ended` says why the run ended early, and when; it is empty if it did not. What was exchanged
    until then is judged, and the run as a whole is not.
    """

    contract: Contract
    reader: RequestParser
    not_sent: dict[str, Gap] = field(default_factory=dict)
    lists: dict[ListId, str] = field(default_factory=dict)
    unread: dict[ListId, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    unopened: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    apart: list[Record] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    explored: Mapping[str, int] = field(default_factory=dict)
    let_go: int = 0
    expectations: Sequence[Expectation] = ()
    ended: str = ""

    def __post_init__(self) -> None:
        if not self.expectations:
            pagings = [op.pagination for op in self.contract.operations if op.pagination]
            for requirement in {p.requirements.get("expected") for p in pagings} - {None}:
                help_ = "state what lists show in a file for --expect"
                gap = Gap("no --expect file was given", help_)
                self.not_sent.setdefault(str(requirement), gap)

    def parts(self, requirement: str) -> Iterator[Evidence]:
        """Yield what a requirement is judged by: this evidence, and the cases found for it."""
        yield self
        yield from (case.evidence for case in self.cases if case.requirement == requirement)

    def add(
        self, exchange: Exchange, reading: ParsedRequest | None = None, *, apart: bool = False
    ) -> Record | None:
        """Add an exchange; return its record, None if it is for no operation of the contract.

        `reading` is its request, if that was parsed already. With `apart`, it was sent to see what
        another request changed.
        """
        self.exchanges.append(exchange)
        reading = reading or self.reader.read(exchange.request)
        if reading is None:
            return None
        record = Record(self.contract, exchange, reading)
        if exchange.overlapping or apart:
            self.apart.append(record)
            return record
        self.records.append(record)
        self._forget()
        return record

    def only(self, records: Sequence[Record]) -> Self:
        """Return evidence that has these records and their exchanges, and no others."""
        found = object.__new__(type(self))
        vars(found).update(vars(self))
        found.records = list(records)
        found.exchanges = [record.exchange for record in records]
        for derived in _DERIVED:
            vars(found).pop(derived, None)
        return found

    def of(self, operations: frozenset[str]) -> Self:
        """Return the part of the evidence that is about some operations, by their ids."""
        if operations not in self._parts:
            mine = [self._by_operation.get(each, ()) for each in operations]
            records = sorted((r for each in mine for r in each), key=lambda record: record.number)
            found = self.only(records)
            found.apart = [r for r in self.apart if r.operation.id in operations]
            # Requests for other operations may have carried a token on the same connection.
            found.admitted = self.admitted
            self._parts[operations] = found
        return self._parts[operations]

    @cached_property
    def _parts(self) -> dict[frozenset[str], Self]:
        return {}

    @cached_property
    def _by_operation(self) -> Mapping[str, Sequence[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.operation.id, []).append(record)
        return found

    def set_aside(self, records: Iterable[Record]) -> None:
        """Let no rule judge some records, as the server may not have answered them."""
        numbers = {record.number for record in records}
        self.records = [r for r in self.records if r.number not in numbers]
        self.apart = [r for r in self.apart if r.number not in numbers]
        self.exchanges = [
            replace(each, throttled=True) if each.number in numbers else each
            for each in self.exchanges
        ]
        self._forget()

    def take_in(self, records: Iterable[Record]) -> None:
        """Add records, in the order of their numbers; those that are there already are skipped."""
        known = {record.number for record in self.records}
        self.records += [record for record in records if record.number not in known]
        self.records.sort(key=lambda record: record.number)
        self._forget()

    def _forget(self) -> None:
        """Drop what was computed from the records: it is computed again after each new one."""
        for derived in _DERIVED:
            vars(self).pop(derived, None)

    @cached_property
    def walks(self) -> list[Walk]:
        """The walks through lists, each at one page size, since the list last changed."""
        return walks(self.answered)

    @cached_property
    def chains(self) -> list[Chain]:
        """The chains of pages through lists with cursors."""
        return chains(self.answered)

    @property
    def is_one_run(self) -> bool:
        """Whether all exchanges belong to one short run, in which nothing stable changes."""
        return True

    @cached_property
    def agreement(self) -> Agreement:
        """The rows that several responses show, compared."""
        return Agreement(self)

    def goes_back(self, before: Record, between: Record, after: Record) -> bool:
        """Whether a value, then another, then the first one again cannot have been two changes."""
        middle = between.exchange
        in_order = before.exchange.is_before(middle) and middle.is_before(after.exchange)
        return self.is_one_run and in_order

    @cached_property
    def followed(self) -> Sequence[Followed]:
        """What was seen of items after requests about them."""
        return followed(self)

    @cached_property
    def repeats(self) -> Repeats:
        """The requests that were sent more than once, compared."""
        return Repeats.of(self._alike.values())

    @cached_property
    def _alike(self) -> Mapping[Request, list[Record]]:
        """The records of each request, byte for byte the same, in order."""
        return sent_alike(self.records)

    @property
    def repeated(self) -> Iterator[Sequence[Record]]:
        """The records of each request that was sent more than once, byte for byte, in order."""
        return (records for records in self._alike.values() if len(records) > 1)

    def same_as(self, record: Record) -> Sequence[Record]:
        """Return the records of the same request, byte for byte, in order."""
        return self._alike.get(record.exchange.request, ())

    @cached_property
    def answered(self) -> Sequence[Record]:
        """The records whose response a rule may judge by its request.

        Requests that the server postponed with 429, and failures that others to the same request
        do not share, are left out.
        """
        if len(self.records) <= 1:
            return list(self.every_answer)  # there is no other one to the same request
        return [r for r in self.every_answer if r.number not in self.repeats.failed]

    @cached_property
    def valid_first(self) -> Sequence[Record]:
        """The answered records, valid requests first: a mistake is easier to understand there."""
        return sorted(self.answered, key=lambda record: not record.reading.is_valid)

    @cached_property
    def unanswered(self) -> Sequence[Record]:
        """The records of requests that never get a response: the connection is closed each time.

        A connection that is closed once says nothing about its request.
        """
        return [
            record
            for records in self._alike.values()
            if len(records) > 1 and all(_was_dropped(record) for record in records)
            for record in records
        ]

    @cached_property
    def admitted(self) -> Mapping[int, Record]:
        """The requests without a valid token whose connection carried one before.

        By number; each with the record of the last request on the connection that had a valid token
        and a success response.
        """
        found: dict[int, Record] = {}
        last: dict[int, Record] = {}
        for record in self.records:
            connection = record.exchange.connection
            if record.reading.has_valid_token:
                if connection and record.is_success:
                    last[connection] = record
            elif connection in last:
                found[record.number] = last[connection]
        return found

    @property
    def every_answer(self) -> Iterator[Record]:
        """The records with a response, including failures that did not occur again."""
        return (r for r in self.records if r.response is not None and not r.is_put_off)

    def where(self, *tests: Callable[[Record], bool]) -> Iterator[Record]:
        """Yield the answered records that pass every test."""
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
        """Return the largest total that a list stated, None if it stated none."""
        return self._totals[list_id][1] if list_id in self._totals else None

    def extent_of(self, list_id: ListId) -> int:
        """Return how many rows to look for in a list: its total, or if that is 0, what it shows."""
        shown = (len(r.items or ()) for r in self.answered if list_of(r) == list_id)
        return self.total_of(list_id) or max(shown, default=0)

    def is_within(self, record: Record) -> bool:
        """Whether the requested page certainly has rows, or is the first."""
        if record.reading.page is None:
            return True
        totals = self._totals.get(list_of(record))
        first = record.reading.first_row
        return first == 0 or (totals is not None and first < totals[0])

    def is_past_end(self, record: Record) -> bool:
        """Whether the requested page is certainly past the last one."""
        totals = self._totals.get(list_of(record))
        return totals is not None and record.reading.first_row >= max(totals[1], 1)


_DERIVED = [name for name, value in vars(Evidence).items() if isinstance(value, cached_property)]


def _was_dropped(record: Record) -> bool:
    failure = record.exchange.failure
    return failure is not None and failure.kind is FailureKind.DROPPED
