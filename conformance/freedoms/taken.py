"""The freedoms that a server takes: how often its responses could show one, and where they do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from ...mock.faults import FREEDOMS
from ...mock.faults.places import ANY, KINDS, ROLES
from ...spec.documents.pointers import join
from ...spec.documents.source import Source
from ...spec.parameters.received import cookie_pairs, grouped, query_pairs, received_of
from ..evidence.bodies import Place, values_at
from ..records.record import Record
from . import exchanges, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.operation import Operation
    from ..evidence.evidence import Evidence

    Count: TypeAlias = Callable[[Sequence[Any]], int]

_OF_LIMITERS = {429, 503}
"""Statuses that a client meets, whether the server or what is in front of it sends them."""
_MOST_PLACES = 100
# Bodies that are looked at together, which takes less time than one by one.
_AT_ONCE = 50
OTHERS = "others"
"""Stands for further headers, of which a server can send any number."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How often a place shows a freedom, and the number of the first exchange in which it does."""

    count: int
    exchange: int


@dataclass(slots=True)
class Sightings:
    """One freedom in the responses of one operation.

    `of` is how many values or responses could show it, `places` those that do: JSON pointers with *
    for every element of an array, the names of headers, or '' for a response as a whole.
    """

    of: int = 0
    places: dict[str, Shown] = field(default_factory=dict)

    def add(self, place: str, count: int, exchange: int) -> None:
        """Count what a place shows."""
        before = self.places.get(place)
        if before is None and len(self.places) >= _MOST_PLACES:
            place, before = OTHERS, self.places.get(OTHERS)
        if before is not None:
            count, exchange = count + before.count, min(exchange, before.exchange)
        self.places[place] = Shown(count, exchange)

    @property
    def seen(self) -> int:
        """How many values or responses show it."""
        return sum(shown.count for shown in self.places.values())


@dataclass(frozen=True, slots=True)
class Taken:
    """What the responses of a run show of the freedoms that its server takes.

    `freedoms` has what was seen of each freedom in each operation, by their names, where it could
    be seen; `tried` by operation the parameters that were sent in requests with a success.
    """

    freedoms: Mapping[tuple[str, str], Sightings] = field(default_factory=dict)
    tried: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def together(self, other: Taken) -> Taken:
        """Return what two parts of a run show together."""
        found: dict[tuple[str, str], Sightings] = defaultdict(Sightings)
        tried: dict[str, frozenset[str]] = defaultdict(frozenset)
        for part in (self, other):
            for key, sightings in part.freedoms.items():
                found[key].of += sightings.of
                for place, shown in sightings.places.items():
                    found[key].add(place, shown.count, shown.exchange)
            for operation, names in part.tried.items():
                tried[operation] |= names
        return Taken(dict(found), dict(tried))


def taken_in(evidence: Evidence) -> Taken:
    """Return which freedoms the responses of a run show, as far as they could show them."""
    found: dict[tuple[str, str], Sightings] = defaultdict(Sightings)
    tried: dict[str, frozenset[str]] = defaultdict(frozenset)
    bodies: dict[tuple[str, bool], dict[bytes, list[Record]]] = {}
    for record in _records(evidence):
        id_ = record.operation.id
        if record.is_success and not record.reading.is_invalid:
            tried[id_] |= parameters_of(record)
        for could, signs in _of_exchanges():
            if could(evidence, record):
                _note(evidence, record, signs, found)
        if record.response is not None and record.document.readable:
            alike = bodies.setdefault((id_, record.is_error), {})
            alike.setdefault(record.response.body, []).append(record)
    for (id_, errors), alike in bodies.items():
        of_body = Signs(evidence.contract, evidence.contract.operation(id_), errors=errors)
        by_times: dict[int, list[Record]] = defaultdict(list)
        for records in alike.values():
            by_times[len(records)].append(min(records, key=lambda record: record.number))
        for times, records in by_times.items():
            for start in range(0, len(records), _AT_ONCE):
                _look(of_body, records[start : start + _AT_ONCE], times, found)
    return Taken(dict(found), dict(tried))


def _note(
    evidence: Evidence,
    record: Record,
    signs: Iterable[tuple[str, exchanges.Test]],
    found: Mapping[tuple[str, str], Sightings],
) -> None:
    """Count which of the freedoms that an exchange could show it does show."""
    for name, does in signs:
        sightings = found[name, record.operation.id]
        sightings.of += 1
        if does(evidence, record):
            for place in _places_of(name, record):
                sightings.add(place, 1, record.number)


def parameters_of(record: Record) -> frozenset[str]:
    """Return the parameters that a request sent with a valid value, but those of its path."""
    request, operation = record.exchange.request, record.operation
    headers = received_of("header", request.headers)
    received = {
        "query": grouped(query_pairs(request.query)),
        "header": headers,
        "cookie": grouped(cookie_pairs("; ".join(headers.get("cookie", ())))),
    }
    return frozenset(
        parameter.name
        for location, given in received.items()
        for parameter in operation.located(location)
        if parameter.name in record.reading.values
        and not given.keys().isdisjoint(parameter.serialization.names(given))
    )


def is_exact(name: str) -> bool:
    """Whether all servers that show a freedom show the same, so that one stands for the others.

    A text that is not the contract's can be any other.
    """
    return _seen()[name].get("is") != values.ANOTHER


def _look(
    signs: Signs,
    records: Sequence[Record],
    times: int,
    found: Mapping[tuple[str, str], Sightings],
) -> None:
    """Count what the bodies of some records show, each of which so many responses have."""
    if signs.root is None:
        return
    first = min(record.number for record in records)
    bodies = [record.body for record in records]
    for place, there in signs.root.visits(bodies):
        for name, count in signs.of(place):
            sightings = found[name, signs.operation]
            sightings.of += times * len(there)
            seen = count(there)
            if seen and len(records) > 1 and name in _of_whole_bodies():
                seen = sum(count(values_at(body, place.pointer)) for body in bodies)
            if seen:
                at = place.pointer
                known, number = sightings.places.get(join(at)), first
                if len(records) > 1 and (known is None or known.exchange > first):
                    number = min(r.number for r in records if count(values_at(r.body, at)))
                sightings.add(join(at), times * seen, number)


def _records(evidence: Evidence) -> Iterator[Record]:
    """Yield the records of a run, and those that were set aside as too many requests."""
    yield from evidence.records
    yield from evidence.apart
    for exchange in evidence.exchanges:
        if exchange.throttled and exchange.response and exchange.response.status in _OF_LIMITERS:
            reading = evidence.reader.read(exchange.request)
            if reading is not None:
                yield Record(evidence.contract, exchange, reading)


def _places_of(name: str, record: Record) -> set[str]:
    return exchanges.more_headers(record) if name == "more-headers" else {""}


@cache
def _seen() -> Mapping[str, Mapping[str, Any]]:
    """Return what shows each freedom, by its name."""
    entries = Source.read(FREEDOMS).value.items()
    return {name: entry["seen"] for name, entry in entries if "seen" in entry}


@cache
def _of_exchanges() -> Sequence[tuple[exchanges.Test, Sequence[tuple[str, exchanges.Test]]]]:
    """Return the freedoms that exchanges show, by which of them could."""
    found: dict[tuple[str, ...], list[tuple[str, exchanges.Test]]] = {}
    for name, seen in _seen().items():
        if "of" in seen:
            could, does = (exchanges.phrases(seen[member]) for member in ("of", "when"))
            found.setdefault(could, []).append((name, exchanges.compiled(does)))
    return [(exchanges.compiled(could), signs) for could, signs in found.items()]


@cache
def _of_whole_bodies() -> frozenset[str]:
    """Return the freedoms that the values of one body show together, and not each value."""
    return frozenset(name for name, seen in _seen().items() if seen.get("is") == values.TWICE)


@cache
def _of_values() -> Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]:
    """Return the freedoms that values show, each with what shows it, by where the values are."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, seen in _seen().items():
        if "at" in seen:
            found.setdefault(seen["at"], []).append((name, seen))
    return found


class Signs:
    """What shows freedoms in the bodies of an operation: those of its success, or of errors."""

    def __init__(self, contract: Contract, operation: Operation, *, errors: bool) -> None:
        self.contract, self.operation = contract, operation.id
        form, schema = contract.error, operation.schema
        of_body = (form.schema if form else None) if errors else schema
        self.root = Place(contract.schemas, [of_body.root]) if of_body else None
        self._part = "error" if errors else "row"
        paging = operation.pagination
        self._key = (*paging.items, ANY, *paging.key) if paging and not errors else None
        self._examples = [*_examples(operation, errors=errors)]
        self._known: dict[Pointer, list[tuple[str, Count]]] = {}

    def of(self, place: Place) -> Sequence[tuple[str, Count]]:
        """Return the freedoms that a place can show, each with what counts the values that do."""
        at = place.pointer
        if at not in self._known:
            here = [
                each
                for where, signs in _of_values().items()
                if self._is_at(where, place)
                for each in signs
            ]
            examples = self._examples if here else ()
            found = [value for each in examples for value in values_at(each, at)]
            declared = values.DeclaredPlace(self.contract, place.node, found)
            self._known[at] = [(name, values.counting(seen, declared)) for name, seen in here]
        return self._known[at]

    def _is_at(self, at: str, place: Place) -> bool:
        if at in KINDS:
            return place.pointer != self._key and KINDS[at](place.node)
        part, role = ROLES[at]
        if part != self._part:
            return False
        return place.pointer == (self._key if part == "row" else getattr(self.contract.error, role))


def _examples(operation: Operation, *, errors: bool) -> Iterator[Any]:
    for status, response in operation.responses.items():
        if status.startswith("2") is not errors and response.json is not None:
            yield from response.json.examples.values()
