"""States of lists: the pages that were as they are at one moment, and what they say together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .kept import Sent
    from .pages import Book, Library, Pages, Reading

_MOST_STATES = 4
"""States that are kept to show what was judged, and states of one list that contradict."""
_MOST_SHOWN = 80
_MOST_SUSPECT = 240


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


class States:
    """Judges the states of lists that changed or were read since the last time."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._shown = 0
        self._suspect: Counter[Book] = Counter()

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
            if is_suspect(state):
                self._suspect[book] += 1
                if self._suspect[book] <= _MOST_STATES:
                    kept.append(state.shows[:_MOST_SUSPECT])
                continue
            shows = state.shows
            if self._shown < _MOST_STATES and len(shows) <= _MOST_SHOWN:
                self._shown += 1
                kept.append(shows)
            else:
                judged[book[1][0]] += state.subjects
        return judged, kept


def state_of(pages: Pages) -> State | None:
    """Return the state of a list at the moment of which most pages are known; None without one."""
    all_ = (place.now for place in pages.places.values())
    known = [each for each in all_ if each.count > 1 and each.until >= each.since]
    # At equal times, a page begins to be known before another one ceases to be.
    edges = sorted([(r.since, 0) for r in known] + [(r.until, 1) for r in known])
    best, open_, moment = 0, 0, 0.0
    for time, ends in edges:
        open_ += -1 if ends else 1
        if open_ > best:
            best, moment = open_, time
    sizes: defaultdict[int, list[Reading]] = defaultdict(list)
    for reading in known:
        if reading.since <= moment <= reading.until:
            sizes[reading.size].append(reading)
    for readings in sizes.values():
        readings.sort(key=lambda each: each.page)
    return State(dict(sizes)) if best else None


def is_suspect(state: State) -> bool:
    """Whether the pages of a state contradict each other; the rules then say how."""
    totals = {reading.shown.total for reading in state.readings}
    if len(totals) != 1:
        return True
    total = next(iter(totals)) or 0
    rows: dict[int, Any] = {}
    wholes, seen = [], set[Any]()
    for size, readings in state.sizes.items():
        keys = [key for reading in readings for key in reading.shown.keys]
        distinct = set(keys)
        seen |= distinct
        is_whole = sum(each.first_row < total for each in readings) == -(-total // size)
        if is_whole:
            wholes.append(distinct)
        if len(distinct) != len(keys) or (is_whole and len(keys) != total):
            return True
        for reading in readings:
            for row, key in enumerate(reading.shown.keys, start=reading.first_row):
                if rows.setdefault(row, key) != key:
                    return True
    return any(whole != seen for whole in wholes)


def _has_end(size: int, readings: list[Reading]) -> bool:
    total = readings[0].shown.total or 0
    return any(each.first_row < total <= each.first_row + size for each in readings)
