"""Pages: what the pages of each list showed over time, while others may change the list.

Lists change, and may change back. So a page that differs once is wrong only if it is the page of
another list or token between two of the right ones, or if nothing else of its list ever changed.
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
"""So often a page was read before and after one response that differs, if that is odd."""
_TELLING = 3
"""So many rows on a page are not those of another one by chance."""
_MOST_ODD = 10
_MOST_PAST = 6
_MOST_CASES = 20

Book: TypeAlias = "tuple[int, ListId]"
"""The number of a token, and a list that it reads."""
At: TypeAlias = "tuple[int, int]"
"""A page size, and the number of a page."""


class Print(NamedTuple):
    """What a page showed: the total, and the key of each row."""

    total: int | None
    keys: tuple[Any, ...]


@dataclass(slots=True)
class Reading:
    """A page that was read, once or several times in a row with the same result.

    From `since` to `until`, in seconds, it was read `steady` times, and no page of its list showed
    a change; `epoch` is the number of changes of the list that were seen by then.
    """

    shown: Print
    since: float
    until: float
    first: Sent | None
    page: int
    first_row: int
    epoch: int
    last: Sent | None = None
    count: int = 1
    steady: int = 1
    mark: int = field(init=False)
    """A number that stands for what is shown."""

    def __post_init__(self) -> None:
        self.mark = hash(self.shown)

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
    places: dict[At, Place] = field(default_factory=dict)
    epoch: int = 0
    odd: int = 0
    has_lasted: bool = False
    """Whether a change of a page was seen twice."""
    is_new: bool = True
    bounds: tuple[int, int] | None = None
    """The smallest and the largest total."""

    @property
    def has_moved(self) -> bool:
        """Whether the list changed, beyond single pages that were odd once."""
        return self.has_lasted or self.epoch > 2 * self.odd

    def state(self, total: int | None) -> None:
        """Take in a total that a page states."""
        if total is not None:
            least, most = self.bounds or (total, total)
            self.bounds = min(least, total), max(most, total)


class Shown(NamedTuple):
    """Where a page stands, and what stands for what it showed."""

    book: Book
    at: At
    mark: int


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
        self._where: dict[tuple[str, int], list[tuple[Book, At]]] = {}

    def take(self, record: Record, sent: Sent) -> Shown | None:
        """Take in a page; return what it shows, None if it is no page of a list."""
        page, size = record.reading.page, record.reading.size
        if page is None or size is None or record.items is None or size < 1:
            return None
        book, at = (sent.viewer, list_of(record)), (size, page)
        shown = Print(record.total, tuple(record.keys))
        pages = self.lists.get(book)
        if pages is None:
            pages = self.lists[book] = Pages(book)
        pages.state(record.total)
        place = pages.places.get(at)
        if place is not None and place.now.shown == shown:
            self._again(pages, place, sent)
            return Shown(book, at, place.now.mark)
        end, began = _end(sent), sent.exchange.started
        pages.epoch += place is not None
        first_row = record.reading.first_row
        reading = Reading(shown, end, began, self._room(sent), page, first_row, pages.epoch)
        if place is not None:
            self._replace(pages, place, reading, sent)
        elif self._count < MOST_PAGES:
            self._count += 1
            pages.places[at] = Place(reading)
        else:
            self.is_full = True
            return None
        pages.is_new = True
        if shown.keys and len(self._where) < 2 * MOST_PAGES:
            places = self._where.setdefault((record.operation.id, reading.mark), [])
            if len(places) < _MOST_ODD and (book, at) not in places:
                places.append((book, at))
        return Shown(book, at, reading.mark)

    def again(self, shown: Shown, sent: Sent) -> bool:
        """Take in a page, byte for byte as it was once; return whether it still shows that."""
        pages = self.lists[shown.book]
        place = pages.places[shown.at]
        if place.now.mark != shown.mark:
            return False
        self._again(pages, place, sent)
        return True

    def is_as_before(self, shown: Shown) -> bool:
        """Whether a page shows what it showed before, too."""
        return self.lists[shown.book].places[shown.at].now.count > 1

    def _again(self, pages: Pages, place: Place, sent: Sent) -> None:
        reading, exchange = place.now, sent.exchange
        reading.count += 1
        if reading.epoch == pages.epoch:
            reading.steady += 1
            reading.since = min(reading.since, _end(sent))
        else:
            reading.epoch, reading.steady = pages.epoch, 1
            reading.since, reading.until = _end(sent), exchange.started
        if exchange.started >= reading.until:
            reading.until = exchange.started
            reading.last = sent if reading.last is not None else self._room(sent)
        pages.is_new = True
        if place.durable is None:
            place.durable = reading.shown
        elif place.durable is not reading.shown and place.durable != reading.shown:
            pages.has_lasted = True
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
            other = self._of_another(pages, strange, odd, usual)
            if other is not None:
                pages.odd += 1
                self._odds += 1
                self._mixed.append(Mixed(before, strange, *other, after))
            elif odd.count > 1 or usual.count < _SURE:
                continue
            elif place.now.count < usual.count + _SURE:
                place.unsure.append((usual, odd))
            else:
                self._odds += 1
                pages.odd += 1
                self._odd.append(Odd(pages.book, (before, strange, after)))

    def _of_another(
        self, pages: Pages, strange: Sent, odd: Reading, usual: Reading
    ) -> tuple[Sent, Sent] | None:
        """Return two exchanges of another page that show byte for byte what a strange one shows.

        It has other rows: the same ones, or nearly so, may be those of a list that changed. A list
        that ever showed the usual page may be the same one under another name, or as another token
        reads it.
        """
        mine, others = set(usual.shown.keys), set(odd.shown.keys)
        few = min(len(mine), len(others))
        if few < _TELLING or 2 * len(mine & others) >= few:
            return None
        operation = pages.book[1][0]
        body = _body(strange)
        alike = {book for book, _ in self._where.get((operation, usual.mark), ())}
        for book, at in self._where.get((operation, odd.mark), ()):
            if book == pages.book or book in alike:
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
