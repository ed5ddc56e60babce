"""Agreement: whether the same row has the same members in every response that shows it.

A member that the contract marks with `x-stable` belongs to what the row is about, such as the name
of a user: it is compared wherever the key of the row occurs. The other members are compared within
one list, and may change: A, A, B, B is a change, and A, B, A is none.
"""

from __future__ import annotations

import json
import weakref
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import get, join, lookup
from ...spec.schemas.members import Member, members_of_rows
from .walk import list_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...spec.documents.pointers import Pointer
    from ..records.record import Record
    from .evidence import Evidence


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value of a member of one row, in one response; `row` counts from 1 within the page."""

    record: Record
    row: int
    value: Any
    text: str
    """The value as JSON, by which values are compared."""


@dataclass(frozen=True)
class Dispute:
    """A member of one row with several values; `sightings` are in the order of the responses."""

    member: Member
    sightings: tuple[Sighting, ...]

    @cached_property
    def usual(self) -> Sighting | None:
        """The first sighting of the value that more responses show than any other, or None."""
        first, second = Counter(each.text for each in self.sightings).most_common(2)
        if first[1] == second[1]:
            return None
        return next(each for each in self.sightings if each.text == first[0])

    @property
    def reference(self) -> Sighting:
        """The sighting that the others are compared with: the usual value, or else the first."""
        return self.usual or self.sightings[0]

    def count(self, sighting: Sighting) -> int:
        """Return how many responses show the value of a sighting."""
        return sum(each.text == sighting.text for each in self.sightings)

    def of_request(self, sighting: Sighting) -> list[Sighting]:
        """Return the sightings in all responses to the request of one."""
        return [each for each in self.sightings if _is_same_request(each, sighting)]

    @property
    def odd(self) -> Iterator[Sighting]:
        """The sightings of other values than the one of the reference."""
        return (each for each in self.sightings if each.text != self.reference.text)


@dataclass(frozen=True, slots=True)
class Deviation:
    """What one response shows otherwise than others: the same member of one or more rows."""

    sighting: Sighting
    dispute: Dispute
    count: int

    @property
    def field(self) -> str:
        """The place of the member in the body, as a JSON pointer."""
        paging = self.sighting.record.operation.listing
        items = paging.items if paging else ()
        return join((*items, str(self.sighting.row - 1), *self.dispute.member.place))


@dataclass(frozen=True, slots=True)
class _Kind:
    """The rows of an operation: what their keys name, and their members by whether they may change.

    Operations whose keys have one schema show the same people, or whatever the rows are about.
    """

    entity: object
    stable: tuple[Member, ...]
    others: tuple[Member, ...]

    @classmethod
    def of(cls, record: Record) -> _Kind:
        operation, paging = record.operation, record.operation.listing
        members = members_of_rows(operation, record.contract.schemas)
        key = paging.key if paging else ()
        entity = next((member.schema for member in members if member.place == key), operation.id)
        rest = [member for member in members if member.place != key]
        stable = tuple(member for member in rest if member.is_stable)
        return cls(entity, stable, tuple(member for member in rest if not member.is_stable))


class Agreement:
    """The rows that several responses of some evidence show, compared.

    Responses for which `viewer_of` returns different values are not compared with each other. With
    `only_stable`, nothing that may change is compared, and all that may not has one value.
    """

    def __init__(
        self,
        evidence: Evidence,
        *,
        viewer_of: Callable[[Record], object] = lambda _: None,
        only_stable: bool = False,
    ) -> None:
        self._viewer_of, self._only_stable = viewer_of, only_stable
        # The evidence owns this: a circle would keep it in memory when it is no longer needed.
        self._evidence: Evidence = weakref.proxy(evidence)
        self._kinds: dict[str, _Kind] = {}
        self._shown: Counter[object] = Counter()
        self._differing: set[object] = set()
        self._records = [
            record
            for record in evidence.answered
            if record.is_success and record.items and not record.reading.is_invalid
        ]
        if len(self._records) > 1:
            self._compare()

    def compared(self, *, stable: bool) -> list[Record]:
        """Return the responses with a row that another response shows, too."""
        if not self._shown or (self._only_stable and not stable):
            return []
        return [
            record
            for record in self._records
            if self._members(record, stable=stable)
            and any(self._shown[at] > 1 for at, _, _ in self._rows(record, stable=stable))
        ]

    def deviations(self, *, stable: bool) -> Mapping[int, list[Deviation]]:
        """Return what each response shows otherwise, by the number of its exchange."""
        found: dict[tuple[int, Pointer], Deviation] = {}
        for dispute in self._disputes(stable=stable):
            for odd in dispute.odd if self._is_wrong(dispute) else ():
                at = (odd.record.number, dispute.member.place)
                before = found.get(at, Deviation(odd, dispute, 0))
                found[at] = replace(before, count=before.count + 1)
        by_number: defaultdict[int, list[Deviation]] = defaultdict(list)
        for (number, _), deviation in found.items():
            by_number[number].append(deviation)
        return by_number

    def unresolved(self) -> Iterator[tuple[Record, Record]]:
        """Yield pairs of responses that disagree, whose requests should be sent once more.

        The first of a pair showed the later value. If both requests then show it, the value has
        changed. A stable value that is wrong now and then is told from one that is wrong always.
        """
        for dispute in self._disputes(stable=False):
            if not self._is_wrong(dispute) and not _has_changed(dispute):
                last = dispute.sightings[-1]
                others = [each for each in dispute.sightings if each.text != last.text]
                yield last.record, others[-1].record
        for dispute in self._disputes(stable=True):
            for odd in dispute.odd if self._is_wrong(dispute) else ():
                if len(dispute.of_request(odd)) == 1:
                    yield odd.record, dispute.reference.record

    def _kind(self, record: Record) -> _Kind:
        id_ = record.operation.id
        if id_ not in self._kinds:
            self._kinds[id_] = _Kind.of(record)
        return self._kinds[id_]

    def _members(self, record: Record, *, stable: bool) -> tuple[Member, ...]:
        return self._kind(record).stable if stable else self._kind(record).others

    def _rows(self, record: Record, *, stable: bool) -> Iterator[tuple[object, int, Any]]:
        """Yield what the key of each row identifies, its number on the page, and the row."""
        what = self._kind(record).entity if stable else list_of(record)
        scope = (self._viewer_of(record), what)
        seen = set()
        for row, (key, item) in enumerate(zip(record.keys, record.items or (), strict=True), 1):
            if key is not None and key not in seen:  # another rule reports a row that is repeated
                seen.add(key)
                yield (stable, scope, key), row, item

    def _compare(self) -> None:
        """Find the rows that differ in any way: most are equal, which is quick to see."""
        first: dict[object, Any] = {}
        known: dict[object, list[Any]] = {}
        for record in self._records:
            stable = self._members(record, stable=True)
            rows = (self._rows(record, stable=False), self._rows(record, stable=True))
            for (at, _, item), (entity, _, _) in zip(*rows, strict=True):
                self._shown.update((at, entity))
                seen = first.setdefault(at, item)
                if seen is item:
                    values = [lookup(item, member.place) for member in stable]
                    if known.setdefault(entity, values) != values:
                        self._differing.add(entity)
                elif seen != item:
                    self._differing |= {at, entity}

    def _disputes(self, *, stable: bool) -> Iterator[Dispute]:
        """Yield the members with several values, that have a value which the contract allows."""
        found: defaultdict[tuple[object, Member], list[Sighting]] = defaultdict(list)
        for record in self._records if self._differing else ():
            members = self._members(record, stable=stable)
            wrong = _wrong_places(record)
            for at, row, item in self._rows(record, stable=stable):
                for member in members if at in self._differing else ():
                    sighting = _sighting(record, row, item, member)
                    if sighting is not None and not _is_in(member.place, wrong[row]):
                        found[at, member].append(sighting)
        for (_, member), sightings in found.items():
            if len({each.text for each in sightings}) > 1:
                yield Dispute(member, tuple(sightings))

    def _is_wrong(self, dispute: Dispute) -> bool:
        """Whether the values of a member cannot be explained by a change."""
        if dispute.member.is_stable and (self._only_stable or self._evidence.is_one_run):
            return True
        seen = dispute.sightings
        for place, between in enumerate(seen):
            # Of each other value, the last sighting that certainly came before this one.
            before = {
                each.text: each
                for each in seen[:place]
                if each.text != between.text
                and each.record.exchange.is_before(between.record.exchange)
            }
            for after in seen[place + 1 :]:
                earlier = before.get(after.text)
                if earlier is not None and self._evidence.goes_back(
                    earlier.record, between.record, after.record
                ):
                    return True
        return False


def _sighting(record: Record, row: int, item: Any, member: Member) -> Sighting | None:
    try:
        value = get(item, member.place)
    except LookupError:
        return None
    return Sighting(record, row, value, json.dumps(value, sort_keys=True))


def _wrong_places(record: Record) -> Mapping[int, list[Pointer]]:
    """Return the places in each row that a schema or a law rejects: other rules report these."""
    paging = record.operation.listing
    start = len(paging.items) if paging else 0
    found: defaultdict[int, list[Pointer]] = defaultdict(list)
    for violation in record.judgement.violations:
        place = violation.place[start:]
        if paging and violation.place[:start] == paging.items and place and place[0].isdecimal():
            found[int(place[0]) + 1].append(place[1:])
    return found


def _is_in(place: Pointer, others: Sequence[Pointer]) -> bool:
    """Whether a place is within or around one of others."""
    return any(place[: len(other)] == other[: len(place)] for other in others)


def _has_changed(dispute: Dispute) -> bool:
    """Whether a request that showed an earlier value showed the last one later."""
    last = dispute.sightings[-1]
    before = [each for each in dispute.sightings if each.text != last.text]
    return any(
        _is_same_request(each, other)
        for each in dispute.sightings
        if each.text == last.text
        for other in before
    )


def _is_same_request(one: Sighting, other: Sighting) -> bool:
    return one.record.exchange.request == other.record.exchange.request
