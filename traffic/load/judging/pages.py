"""Pages: what the pages of each list showed over time, while others may change the list.

Lists change, and may change back. So a page that differs once is wrong only if it is the page of
another list or token between two of the right ones, or if nothing else of its list ever changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....conformance.evidence.walk import list_of
from .readings import Mixed, Odd, Pages, Place, Print, Reading, Shown, end_of

if TYPE_CHECKING:
    from ....conformance.records.record import Record
    from .kept import Sent
    from .readings import At, Book

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
        end, began = end_of(sent), sent.exchange.started
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
            reading.since = min(reading.since, end_of(sent))
        else:
            reading.epoch, reading.steady = pages.epoch, 1
            reading.since, reading.until = end_of(sent), exchange.started
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
            if end_of(odd.last or strange) > after.exchange.started:
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


def _body(sent: Sent) -> bytes:
    return sent.exchange.response.body if sent.exchange.response else b""
