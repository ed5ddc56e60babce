"""Pages: what the pages of each list showed over time, while others may change the list.

A page that was read twice with the same rows and total was so in between. Pages that were so at one
moment are a state of the list, which the paging rules judge. Nobody is blamed for a list that
changes: only for a state, and for the page of another list or token between two of the right ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ....conformance.evidence.walk import list_of

if TYPE_CHECKING:
    from ....conformance.evidence.record import Record
    from ....conformance.evidence.walk import ListId
    from .kept import Sent

MOST_PAGES = 20_000
"""Pages that a worker remembers; those beyond are not compared."""
MOST_BYTES = 32 * 1024 * 1024
"""Bytes of the exchanges that show them."""
_SURE = 5
"""So often a page was read before one response that differs is odd."""
_MOST_ODD = 10
_MOST_PAST = 6
_MOST_CASES = 20

Book: TypeAlias = "tuple[int, ListId]"
"""The number of a token, and a list that it reads."""


class Print(NamedTuple):
    """What a page showed: the total, and the key of each row."""

    total: int | None
    keys: tuple[Any, ...]


@dataclass(slots=True)
class Reading:
    """A page that was read, once or several times in a row with the same result.

    It was so from `since` to `until`, in seconds, if it was read more than once.
    """

    shown: Print
    since: float
    until: float
    first: Sent | None
    size: int
    page: int
    first_row: int
    last: Sent | None = None
    count: int = 1

    def ended_before(self, sent: Sent) -> Sent | None:
        """Return an exchange of the page that ended before another one began."""
        began = sent.exchange.started
        shows = (each for each in (self.last, self.first) if each is not None)
        return next((each for each in shows if _end(each) <= began), None)


@dataclass(slots=True)
class Place:
    """One page of a list at one size: what it shows now, and what it showed before.

    `unsure` are readings that differed from those before and after them, until an exchange is known
    that certainly came after them.
    """

    now: Reading
    past: list[Reading] = field(default_factory=list)
    durable: Print | None = None
    unsure: list[tuple[Reading, Reading]] = field(default_factory=list)


@dataclass(slots=True)
class Pages:
    """The pages of one list as one token reads it, by size and number."""

    book: Book
    places: dict[tuple[int, int], Place] = field(default_factory=dict)
    has_moved: bool = False
    is_new: bool = True
    bounds: tuple[int, int] | None = None
    """The smallest and the largest total."""

    def state(self, total: int | None) -> None:
        """Take in a total that a page states."""
        if total is not None:
            least, most = self.bounds or (total, total)
            self.bounds = min(least, total), max(most, total)


class Mixed(NamedTuple):
    """A response between two others of its request, and two of the other page that it shows."""

    before: Sent
    odd: Sent
    other: Sent
    other_again: Sent
    after: Sent


class Odd(NamedTuple):
    """One response that differs, between two that agree, of a list that may not change at all."""

    book: Book
    shows: tuple[Sent, Sent, Sent]


class Library:
    """The pages of all lists."""

    def __init__(self) -> None:
        self.lists: dict[Book, Pages] = {}
        self.is_full = False
        self._mixed: list[Mixed] = []
        self._odd: list[Odd] = []
        self._count = self._bytes = self._odds = 0
        self._where: dict[tuple[str, Print], list[tuple[Book, tuple[int, int]]]] = {}

    def take(self, record: Record, sent: Sent) -> Reading | None:
        """Take in a page; return its reading, None if it is no page of a list."""
        page, size = record.reading.page, record.reading.size
        if page is None or size is None or record.items is None or size < 1:
            return None
        book = self.book_of(record, sent)
        shown = Print(record.total, tuple(record.keys))
        pages = self.lists.get(book)
        if pages is None:
            pages = self.lists[book] = Pages(book)
        pages.state(record.total)
        place = pages.places.get((size, page))
        if place is not None and place.now.shown == shown:
            self._again(pages, place, sent)
            return place.now
        end, began = _end(sent), sent.exchange.started
        first_row = record.reading.first_row
        reading = Reading(shown, end, began, self._room(sent), size, page, first_row)
        if place is not None:
            self._replace(pages, place, reading, sent)
        elif self._count < MOST_PAGES:
            self._count += 1
            pages.places[size, page] = Place(reading)
        else:
            self.is_full = True
            return None
        pages.is_new = True
        if shown.keys and len(self._where) < 2 * MOST_PAGES:
            places = self._where.setdefault((record.operation.id, shown), [])
            if len(places) < _MOST_ODD and (book, (size, page)) not in places:
                places.append((book, (size, page)))
        return reading

    @staticmethod
    def book_of(record: Record, sent: Sent) -> Book:
        """Return the list that an exchange reads, and the token that it reads it with."""
        return sent.viewer, list_of(record)

    def again(self, reading: Reading, book: Book, sent: Sent) -> bool:
        """Take in a page, byte for byte as in a reading; return whether it still shows that."""
        pages = self.lists[book]
        place = pages.places[reading.size, reading.page]
        if place.now.shown is not reading.shown:
            return False
        self._again(pages, place, sent)
        return True

    def _again(self, pages: Pages, place: Place, sent: Sent) -> None:
        reading, exchange = place.now, sent.exchange
        reading.count += 1
        reading.since = min(reading.since, exchange.started + exchange.duration)
        if exchange.started > reading.until:
            reading.until = exchange.started
            if reading.last is not None:
                reading.last = sent
            else:
                reading.last = self._room(sent)
        pages.is_new = True
        if place.durable is None:
            place.durable = reading.shown
        elif place.durable is not reading.shown and place.durable != reading.shown:
            pages.has_moved = True
        if place.unsure:
            self._decide(pages, place, sent)

    def _room(self, sent: Sent) -> Sent | None:
        if self._bytes + sent.size > MOST_BYTES:
            return None
        self._bytes += sent.size
        return sent

    def _replace(self, pages: Pages, place: Place, now: Reading, sent: Sent) -> None:
        place.past.append(place.now)
        place.now = now
        place.unsure.clear()
        shown = [each.shown for each in place.past]
        if now.shown in shown:
            at = shown.index(now.shown)
            usual, *odd = place.past[at:]
            del place.past[at:]
            # The usual one goes on, so that there may be another odd one.
            now.count += usual.count
            place.unsure = [(usual, each) for each in odd]
            self._decide(pages, place, sent)
        del place.past[:-_MOST_PAST]

    def _decide(self, pages: Pages, place: Place, after: Sent) -> None:
        """Look whether a page in between was that of another list or token."""
        unsure, place.unsure = place.unsure, []
        for usual, odd in unsure:
            strange = odd.first
            before = usual.ended_before(strange) if strange is not None else None
            if strange is None or before is None:
                continue
            if _end(odd.last or strange) > after.exchange.started:
                place.unsure.append((usual, odd))
                continue
            requests = {each.exchange.request for each in (before, strange, after)}
            if len(requests) > 1 or self._odds >= _MOST_CASES:
                continue
            other = self._of_another(pages, strange, odd)
            if other is not None:
                self._odds += 1
                self._mixed.append(Mixed(before, strange, *other, after))
            elif odd.count == 1 and usual.count >= _SURE:
                self._odds += 1
                self._odd.append(Odd(pages.book, (before, strange, after)))

    def _of_another(self, pages: Pages, strange: Sent, odd: Reading) -> tuple[Sent, Sent] | None:
        """Return two exchanges of another page that show byte for byte what a strange one shows."""
        operation = pages.book[1][0]
        body = _body(strange)
        for book, at in self._where.get((operation, odd.shown), ()):
            if book == pages.book:
                continue
            place = self.lists[book].places[at]
            for reading in (place.now, *place.past):
                first, last = reading.first, reading.last
                if first and last and body in {_body(first), _body(last)}:
                    return first, last
        return None

    def take_cases(self) -> tuple[list[Mixed], list[Odd]]:
        """Return the mixed and the odd responses that are new since the last call.

        What is kept is counted anew.
        """
        found, self._mixed, self._odd = (self._mixed, self._odd), [], []
        readings = (
            reading
            for pages in self.lists.values()
            for place in pages.places.values()
            for reading in (place.now, *place.past)
        )
        shows = (each for reading in readings for each in (reading.first, reading.last))
        self._bytes = sum(each.size for each in shows if each is not None)
        return found


def _end(sent: Sent) -> float:
    return sent.exchange.started + sent.exchange.duration


def _body(sent: Sent) -> bytes:
    return sent.exchange.response.body if sent.exchange.response else b""
