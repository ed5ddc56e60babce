"""Facts: the stable members of rows, compared wherever a row is shown, in all workers.

A fact is what one token shows of one row. Workers exchange digests of facts, never the facts.
"""

from __future__ import annotations

import json
from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ....spec.documents.pointers import get, join
from ....spec.schemas.members import members_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ....conformance.records.record import Record
    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.model.operation import Operation
    from .kept import Sent

MOST_FACTS = 100_000
"""Facts that a worker knows; those beyond are not compared."""
_MOST_RECENT = 300
_MOST_DISPUTED = 50
_TWICE = 2

Fact: TypeAlias = "tuple[int, str, Any]"
"""The token, what the rows are about, and the key of a row."""


class _Stable(NamedTuple):
    """What a fact of an operation consists of."""

    entity: str
    members: tuple[Pointer, ...]

    @classmethod
    def of(cls, operation: Operation, contract: Contract) -> _Stable:
        members = members_of_rows(operation, contract.schemas)
        key = operation.listing.key if operation.listing else ()
        schemas = (join(member.schema) for member in members if member.place == key)
        entity = next(schemas, operation.id)
        stable = (each.place for each in members if each.is_stable and each.place != key)
        return cls(entity, tuple(stable))


class Compared(NamedTuple):
    """The facts of a response, whether one was seen before, and whether one differs from that.

    `shows` are the exchanges that show it.
    """

    facts: frozenset[Fact]
    was_seen: bool
    differs: bool
    shows: list[Sent]


NOTHING = Compared(frozenset(), was_seen=False, differs=False, shows=[])
_ABSENT = "\0absent"
"""Stands for a member that a row does not have, which no comparison counts."""


class Facts:
    """The facts that one worker saw, and digests of those that others saw."""

    def __init__(self, contract: Contract) -> None:
        self._stable = {op.id: _Stable.of(op, contract) for op in contract.operations}
        self._known: dict[Fact, tuple[Any, ...]] = {}
        self._ids: dict[str, Fact] = {}
        self._foreign: dict[str, str] = {}
        self._watched: dict[Fact, list[tuple[Any, ...]]] = {}
        self._disputed: set[Fact] = set()
        self._recent: deque[tuple[Sent, frozenset[Fact]]] = deque(maxlen=_MOST_RECENT)
        self._new: list[tuple[str, str]] = []
        self.is_full = False

    def wants(self, facts: frozenset[Fact]) -> bool:
        """Whether a response with these facts may have to be kept, known as it may be."""
        return bool(self._watched) and not self._watched.keys().isdisjoint(facts)

    def compare(self, record: Record, sent: Sent) -> Compared:
        """Take in the rows of a response."""
        entity, places = self._stable[record.operation.id]
        if not places or not record.items:
            return NOTHING
        known, was_seen, differs = self._known, False, False
        mine: list[Fact] = []
        shown: list[Sent] = []
        for key, row in zip(record.keys, record.items, strict=True):
            if key is None:
                continue
            fact = (sent.viewer, entity, key)
            values = tuple(_value(row, place) for place in places)
            before = known.get(fact)
            mine.append(fact)
            if before is None:
                differs = self._learn(fact, values) or differs
            else:
                was_seen = True
                if before != values and _differ(before, values):
                    differs = True
                    shown += self._dispute(fact, before)
            if self._watched and self._is_wanted(fact, values):
                shown.append(sent)
        facts = frozenset(mine)
        self._recent.append((sent, facts))
        return Compared(facts, was_seen, differs, shown)

    def _learn(self, fact: Fact, values: tuple[Any, ...]) -> bool:
        """Note a fact; return whether another worker saw another one."""
        if len(self._known) >= MOST_FACTS:
            self.is_full = True
            return False
        id_, digest = _digest(fact), _digest(values)
        self._known[fact] = values
        self._ids[id_] = fact
        self._new.append((id_, digest))
        other = self._foreign.get(id_)
        if other is None or other == digest or _ABSENT in values:
            return False
        self._watch(fact)
        return True

    def _watch(self, fact: Fact) -> bool:
        """Keep the next exchanges that show a fact; return whether there is room for that."""
        if fact in self._disputed or len(self._disputed) >= _MOST_DISPUTED:
            return False
        self._disputed.add(fact)
        self._watched[fact] = []
        return True

    def _dispute(self, fact: Fact, before: tuple[Any, ...]) -> Iterator[Sent]:
        """Watch a fact from now on, and yield a recent exchange that showed it as it was."""
        if not self._watch(fact):
            return
        earlier = next((sent for sent, facts in reversed(self._recent) if fact in facts), None)
        if earlier is not None:
            self._watched[fact].append(before)
            yield earlier

    def _is_wanted(self, fact: Fact, values: tuple[Any, ...]) -> bool:
        """Whether this value of a disputed fact has not been kept often enough."""
        kept = self._watched.get(fact)
        if kept is None or kept.count(values) >= _TWICE:
            return False
        kept.append(values)
        if len(kept) >= 2 * _TWICE:
            del self._watched[fact]
        return True

    def take(self) -> list[tuple[str, str]]:
        """Return the digests of facts that are new since the last call."""
        new, self._new = self._new, []
        return new

    def learn(self, digests: Iterable[tuple[str, str]]) -> None:
        """Take in digests of facts that other workers saw."""
        for id_, digest in digests:
            fact = self._ids.get(id_)
            if fact is None:
                if len(self._foreign) < MOST_FACTS:
                    self._foreign.setdefault(id_, digest)
            elif _ABSENT not in self._known[fact] and _digest(self._known[fact]) != digest:
                self._watch(fact)


class FactBook:
    """The digests of all workers; `merge` returns those that the others have to know."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def merge(self, digests: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Take in digests; return those that are new, or differ from what is known."""
        news: list[tuple[str, str]] = []
        for id_, digest in digests:
            before = self._known.get(id_)
            if before is None and len(self._known) < 2 * MOST_FACTS:
                self._known[id_] = digest
            if before != digest:
                news.append((id_, digest))
        return news


def _value(row: Any, place: Pointer) -> Any:
    try:
        value = row
        for part in place:
            value = value[part]
    except (LookupError, TypeError):
        try:
            value = get(row, place)
        except LookupError:
            return _ABSENT
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def _differ(some: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    both = zip(some, others, strict=True)
    return any(one != other for one, other in both if _ABSENT not in {one, other})


def _digest(values: tuple[Any, ...]) -> str:
    text = json.dumps(values, default=str).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=8).hexdigest()
