"""States of lists: the pages that were as they are at one moment, and what they say together.

A list may change and change back between two readings. So two pages contradict each other only if
both were read again and again, in turn, while no page of their list showed a change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .kept import Sent
    from .pages import Library
    from .readings import Book, Pages, Reading

ROUNDS = 5
"""So often both of two pages have to be read again before they contradict each other."""
_MOST_STATES = 4
"""States that are kept to show what was judged."""
_MOST_SHOWN = 80
"""Exchanges of such a state."""
_MOST_PAIRS = 200
_MOST_REMEMBERED = 5_000
_MOST_BLAMED = 20


class State(NamedTuple):
    """Pages of one list that were as they are at one moment, by size."""

    sizes: dict[int, list[Reading]]

    @property
    def readings(self) -> Iterator[Reading]:
        """All pages."""
        return (each for readings in self.sizes.values() for each in readings)

    @property
    def shows(self) -> list[Sent]:
        """The first and the last exchange of each page, in this order."""
        readings = list(self.readings)
        shows = [*(each.first for each in readings), *(each.last for each in readings)]
        return [each for each in shows if each is not None]

    @property
    def subjects(self) -> Counter[str]:
        """How much there is to judge, by aspect."""
        found = Counter(
            {
                "pagination.unique": len(self.sizes),
                "pagination.stableTotal": 1,
                "pagination.repeatable": sum(map(len, self.sizes.values())),
            }
        )
        found["pagination.complete"] = sum(
            _has_end(size, readings) for size, readings in self.sizes.items()
        )
        if len(self.sizes) > 1:
            found.update(("pagination.sameSet", "pagination.sameOrder"))
        return found


@dataclass(slots=True)
class _Pair:
    """Two pages that contradict each other: how often each was read, and for how many rounds."""

    epoch: int
    counts: tuple[int, int]
    rounds: int = 0


class States:
    """Judges the states of lists that changed or were read since the last time."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._shown = self._blamed = 0
        self._pairs: dict[tuple[Book, int, int], _Pair] = {}

    def judge(self) -> tuple[dict[str, Counter[str]], list[list[Sent]]]:
        """Return how often each aspect of an operation was judged, and the states to keep."""
        judged: defaultdict[str, Counter[str]] = defaultdict(Counter)
        kept: list[list[Sent]] = []
        for book, pages in self._library.lists.items():
            if not pages.is_new:
                continue
            pages.is_new = False
            state = state_of(pages)
            if state is None or not any(reading.shown.keys for reading in state.readings):
                continue
            pairs = list(islice(contradictions(state), _MOST_PAIRS))
            if pairs:
                kept += filter(None, (self._round(book, pages.epoch, *pair) for pair in pairs))
                continue
            shows = state.shows
            if self._shown < _MOST_STATES and len(shows) <= _MOST_SHOWN:
                self._shown += 1
                kept.append(shows)
            else:
                judged[book[1][0]] += state.subjects
        return judged, kept

    def _round(self, book: Book, epoch: int, one: Reading, other: Reading) -> list[Sent]:
        """Return the exchanges of two pages if they have contradicted each other long enough."""
        key, counts = (book, one.mark, other.mark), (one.count, other.count)
        pair = self._pairs.get(key)
        if pair is None or pair.epoch != epoch:
            if pair is not None or len(self._pairs) < _MOST_REMEMBERED:
                self._pairs[key] = _Pair(epoch, counts)
            return []
        if one.count == pair.counts[0] or other.count == pair.counts[1]:
            return []  # wait until both have been read again
        pair.counts = counts
        pair.rounds += 1
        if pair.rounds != ROUNDS or self._blamed >= _MOST_BLAMED:
            return []
        self._blamed += 1
        return State({0: [one, other]}).shows


def state_of(pages: Pages) -> State | None:
    """Return the state of a list at the moment of which most pages are known; None without one."""
    all_ = ((size, place.now) for (size, _), place in pages.places.items())
    steady = ((size, r) for size, r in all_ if r.epoch == pages.epoch and r.steady > 1)
    known = [(size, reading) for size, reading in steady if reading.until >= reading.since]
    # At equal times, a page begins to be known before another one ceases to be.
    edges = sorted([(r.since, 0) for _, r in known] + [(r.until, 1) for _, r in known])
    best, open_, moment = 0, 0, 0.0
    for time, ends in edges:
        open_ += -1 if ends else 1
        if open_ > best:
            best, moment = open_, time
    sizes: defaultdict[int, list[Reading]] = defaultdict(list)
    for size, reading in known:
        if reading.since <= moment <= reading.until:
            sizes[size].append(reading)
    for readings in sizes.values():
        readings.sort(key=lambda each: each.page)
    return State(dict(sizes)) if best else None


def contradictions(state: State) -> Iterator[tuple[Reading, Reading]]:
    """Yield pairs of pages that cannot be those of one list; the rules then say why."""
    first = next(state.readings)
    rows: dict[int, tuple[Any, Reading]] = {}
    for readings in state.sizes.values():
        seen: dict[Any, Reading] = {}
        for reading in readings:
            if reading.shown.total != first.shown.total:
                yield first, reading
            for row, key in enumerate(reading.shown.keys, start=reading.first_row):
                before, other = rows.setdefault(row, (key, reading))
                if before != key:
                    yield other, reading
                again = seen.setdefault(key, reading)
                if again is not reading and key is not None:
                    yield again, reading


def _has_end(size: int, readings: list[Reading]) -> bool:
    total = readings[0].shown.total or 0
    return any(each.first_row < total <= each.first_row + size for each in readings)
