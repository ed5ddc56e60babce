"""Readings: what a page of a list showed, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from ....conformance.evidence.walk import ListId
    from .kept import Sent

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
        return next((each for each in shows if end_of(each) <= began), None)


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


def end_of(sent: Sent) -> float:
    """Return when the response of an exchange was complete, in seconds since 1970."""
    return sent.exchange.started + sent.exchange.duration
