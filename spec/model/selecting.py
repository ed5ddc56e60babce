"""Which items of a list a request selects, and in which order: filters, searches and sorting.

The stub selects and sorts by what stands here, and the suite judges by it. Where servers may
differ, as in the order of letters, the suite only reports what is wrong in every way.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..documents.pointers import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..documents.pointers import Pointer


class Comparison(StrEnum):
    """How an item's member is compared with the value of a parameter."""

    EQUALS = "equals"
    AT_LEAST = "atLeast"
    AT_MOST = "atMost"
    ABOVE = "above"
    BELOW = "below"
    CONTAINS = "contains"
    """Contains the text, whichever case its letters have."""
    STARTS_WITH = "startsWith"
    """Starts with the text, whichever case its letters have."""


class Kind(StrEnum):
    """What the values of a member are."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DAY = "date"
    INSTANT = "date-time"
    ANY = "any"


ORDERED = {Comparison.AT_LEAST, Comparison.AT_MOST, Comparison.ABOVE, Comparison.BELOW}
OF_TEXT = {Comparison.CONTAINS, Comparison.STARTS_WITH}
_COMPARE: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUALS: lambda found, wanted: bool(found == wanted),
    Comparison.AT_LEAST: lambda found, wanted: bool(found >= wanted),
    Comparison.AT_MOST: lambda found, wanted: bool(found <= wanted),
    Comparison.ABOVE: lambda found, wanted: bool(found > wanted),
    Comparison.BELOW: lambda found, wanted: bool(found < wanted),
    Comparison.CONTAINS: lambda found, wanted: wanted in found,
    Comparison.STARTS_WITH: lambda found, wanted: found.startswith(wanted),
}
_WORDS: Mapping[Comparison, str] = {
    Comparison.EQUALS: "is",
    Comparison.AT_LEAST: "is at least",
    Comparison.AT_MOST: "is at most",
    Comparison.ABOVE: "is above",
    Comparison.BELOW: "is below",
    Comparison.CONTAINS: "contains",
    Comparison.STARTS_WITH: "starts with",
}


@dataclass(frozen=True, slots=True)
class Selector:
    """A parameter that selects items: `x-filter`, or `x-search` with several `members`.

    An item is selected if one of its members compares with the value, or with one of the values of
    an array. A member that is missing or null compares with nothing. `by_day` says that only the
    days of two times are compared.
    """

    parameter: str
    members: tuple[Pointer, ...]
    comparison: Comparison
    kind: Kind
    by_day: bool = False
    requirements: Mapping[str, str] | None = None

    def selects(self, item: Any, value: Any) -> bool:
        """Whether an item is selected by a value of the parameter."""
        return self._holds(item, value, self._plain)

    def allows(self, item: Any, value: Any) -> bool:
        """Whether a server may select an item: in a search, letters may be without their marks."""
        if self.selects(item, value):
            return True
        return self.comparison in OF_TEXT and self._holds(item, value, _without_marks)

    def described(self, value: Any) -> str:
        """Return what a value selects, in words: 'score is at least 80'."""
        names = " or ".join("/".join(member) for member in self.members)
        values = value if isinstance(value, list) else [value]
        return f"{names} {_WORDS[self.comparison]} {' or '.join(map(_written, values))}"

    def _holds(self, item: Any, value: Any, read: Callable[[Any], Any]) -> bool:
        values = [read(each) for each in (value if isinstance(value, list) else [value])]
        compare = _COMPARE[self.comparison]
        return any(
            _alike(own, each) and compare(own, each)
            for own in map(read, self._of(item))
            if own is not None
            for each in values
        )

    def _of(self, item: Any) -> Iterator[Any]:
        for member in self.members:
            found = lookup(item, member)
            yield from found if isinstance(found, list) else (found,)

    def _plain(self, value: Any) -> Any:
        if self.comparison in OF_TEXT:
            return value.casefold() if isinstance(value, str) else None
        return _day(value) if self.by_day else comparable(value, self.kind)


@dataclass(frozen=True, slots=True)
class SortMember:
    """A member that a list can be sorted by; `ranks` has the values of an enum, in their order."""

    place: Pointer
    kind: Kind
    descending: bool = False
    ranks: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a parameter sorts a list: `x-sort`.

    `members` has the members by name; a name with a hyphen before it sorts downwards. `order` is
    the parameter whose values in `downwards` do so, None if there is none.
    """

    parameter: str
    members: Mapping[str, SortMember]
    order: str | None
    downwards: tuple[Any, ...]
    requirements: Mapping[str, str]

    def wanted(self, values: Mapping[str, Any]) -> tuple[SortMember, ...]:
        """Return the members that a request sorts by, the most important first."""
        value = values.get(self.parameter)
        names = value if isinstance(value, list) else str(value or "").split(",")
        down = self.order is not None and values.get(self.order) in self.downwards
        return tuple(found for name in names if (found := self._member(str(name), down)))

    def _member(self, name: str, down: bool) -> SortMember | None:
        bare = name.lstrip("+-")
        found = self.members.get(name) or self.members.get(bare)
        if found is None:
            return None
        down ^= name.startswith("-") and name not in self.members
        return SortMember(found.place, found.kind, found.descending ^ down, found.ranks)


def in_order(items: Sequence[Any], members: Sequence[SortMember]) -> list[int]:
    """Return the indexes of items in the order of some members; those without a value come last."""
    indexes = list(range(len(items)))
    for member in reversed(members):
        found = [_key(lookup(item, member.place), member) for item in items]
        known = [index for index in indexes if found[index] is not None]
        known.sort(key=lambda index: found[index], reverse=member.descending)
        indexes = known + [index for index in indexes if found[index] is None]
    return indexes


def _key(value: Any, member: SortMember) -> Any:
    found = comparable(value, member.kind)
    return (found.casefold(), found) if isinstance(found, str) else found


def broken_order(first: Any, second: Any, members: Sequence[SortMember]) -> SortMember | None:
    """Return the member by which an item must not stand before the next one, None if it may.

    Of values that are missing, and of letters that languages order differently, nothing is said.
    """
    for member in members:
        ways = set(_ways(lookup(first, member.place), lookup(second, member.place), member))
        if ways == {1}:
            return member
        if ways != {0}:
            return None
    return None


def _ways(first: Any, second: Any, member: SortMember) -> Iterator[int]:
    """Yield how two values compare in each way that servers order them: -1, 0 or 1."""
    one, other = comparable(first, member.kind), comparable(second, member.kind)
    if one is None or not _alike(one, other):
        yield from (-1, 1)
        return
    pairs = [(one, other)]
    if isinstance(one, str) and one != other:
        pairs += [(read(one), read(other)) for read in (str.casefold, _without_marks, _letters)]
        if one in member.ranks and other in member.ranks:
            pairs.append((member.ranks.index(one), member.ranks.index(other)))
    for a, b in pairs:
        way = (a > b) - (a < b)
        yield -way if member.descending else way


def comparable(value: Any, kind: Kind) -> Any:
    """Return a value as it is compared with others of its kind, None if it is not of that kind."""
    if isinstance(value, bool):
        return value if kind in {Kind.BOOLEAN, Kind.ANY} else None
    if isinstance(value, int | float):
        return value if kind in {Kind.NUMBER, Kind.ANY} else None
    if not isinstance(value, str) or kind in {Kind.NUMBER, Kind.BOOLEAN}:
        return None
    if kind is Kind.INSTANT:
        return _instant(value)
    return _day(value) if kind is Kind.DAY else value


def _alike(one: Any, other: Any) -> bool:
    """Whether two values can be compared: both are numbers, or both have one type."""
    numbers = (int, float)
    return type(one) is type(other) or (type(one) in numbers and type(other) in numbers)


def _instant(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _without_marks(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    apart = unicodedata.normalize("NFKD", value.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def _letters(value: str) -> str:
    return "".join(filter(str.isalnum, _without_marks(value)))


def _written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
