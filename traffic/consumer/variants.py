"""Variants of the stub: one member left out, or a freedom at one place alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...mock.faults import Freedom
from ...mock.faults.freedoms import Permitted, answered
from ...mock.faults.operators.changes import MISSING, places, put
from ...mock.faults.places import ANY
from ...spec.documents.pointers import join, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...mock.faults.call import Call, Response
    from ...mock.faults.context import Stub
    from ...mock.faults.freedoms import Answering
    from ...spec.documents.pointers import Pointer

_OBJECTS = "each object"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the bodies of the successes of an operation, or of its errors.

    `freedoms` are those that can show there. It is `optional` if the contract allows its absence.
    """

    operation: str
    place: Pointer
    errors: bool = False
    optional: bool = False
    freedoms: frozenset[str] = frozenset()

    @property
    def is_member(self) -> bool:
        """Whether it is a member of an object, which can be left out."""
        return bool(self.place) and self.place[-1] != ANY

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer."""
        return join(self.place)

    def is_within(self, other: Spot) -> bool:
        """Whether it is below another place of the same bodies."""
        same = (self.operation, self.errors) == (other.operation, other.errors)
        return same and self.place[: len(other.place)] == other.place

    def within(self, call: Call, response: Response) -> bool:
        """Whether a response is one of those that the place is in."""
        fits = response.is_error if self.errors else response.is_success
        return fits and call.operation.id == self.operation


def without(spot: Spot) -> Freedom:
    """Return the behaviour of a server that leaves a member out of every response."""
    return Freedom(spot.pointer, f"Leaves out {spot.pointer}.", "", _Without(spot))


def alone(freedom: Freedom, spots: Sequence[Spot]) -> Iterator[tuple[Spot, Freedom]]:
    """Yield the places that a freedom changes values at, each alone."""
    is_of_objects = freedom.seen.get("at") == _OBJECTS  # changes of one are in all around it
    if is_of_objects or not isinstance(freedom.behaviour, Permitted):
        return
    for spot in spots:
        if freedom.name in spot.freedoms:
            behaviour = Permitted(_Alone(freedom.behaviour.behaviour, spot))
            yield spot, replace(freedom, behaviour=behaviour)


@dataclass(frozen=True, slots=True)
class _Without:
    spot: Spot

    async def __call__(self, call: Call, stub: Stub) -> Response:
        """Return the stub's response without the member."""
        own = await stub.ask(call)
        value = own.json
        if value is None or not self.spot.within(call, own):
            return own
        for place in places(value, self.spot.place):
            put(value, place, MISSING)
        changed = own.with_json(value)
        if not changed.is_changed(own):
            return own
        stub.memory.touched += 1
        return changed


@dataclass(frozen=True, slots=True)
class _Alone:
    behaviour: Answering
    spot: Spot

    async def __call__(self, call: Call, stub: Stub) -> Response:
        """Return the stub's response with the values that the behaviour has at the place."""
        own, stub = await answered(call, stub)
        changed = (await self.behaviour(call, stub)).json
        value = own.json
        if value is None or changed is None or not self.spot.within(call, own):
            return own
        for place in places(value, self.spot.place):
            put(value, place, lookup(changed, place))
        return own.with_json(value)
