"""Compiled makers: functions that draw values, with the places of the parts that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ....spec.documents.pointers import Pointer
    from ..codes import CodeForm
    from ..keystream import Draw
    from ..providers import Derived, RecordCase


@dataclass(frozen=True, slots=True)
class Later:
    """Stands for a value that follows from values at other places, which are made first."""

    draw: Draw
    derived: Derived
    sources: tuple[Pointer, ...]


@dataclass(slots=True)
class Maker:
    """Makes the values of one schema; `place` is where the schema stands.

    `size` is about how many bytes of JSON the largest value takes.
    """

    place: Pointer
    make: Callable[[Draw], Any]
    code: CodeForm | None = None
    size: int = 64


@dataclass(slots=True)
class ObjectMaker(Maker):
    """Makes an object from its members; `plain` if it is valid whenever each of them is."""

    members: Mapping[str, Maker] = field(default_factory=dict)
    plain: bool = False
    places: tuple[Pointer, ...] = ()
    cases: tuple[RecordCase, ...] = ()


@dataclass(slots=True)
class Root:
    """A maker of whole values; members that follow from others are filled in at the end.

    `later` are their places, those that others follow from first.
    """

    maker: Maker
    later: tuple[Pointer, ...]

    def make(self, draw: Draw) -> Any:
        """Draw a value."""
        value = self.maker.make(draw)
        for place in self.later:
            found = _found(value, place)
            if isinstance(found, Later):
                sources = [_found(value, source) for source in found.sources]
                made = found.derived.make(found.draw, sources)
                element_at(value, place[:-1])[place[-1]] = made
        return value

    def leaves(self) -> Iterator[tuple[Pointer, Maker]]:
        """Yield the makers of the parts that are valid independently of the value's structure."""
        return ((place, maker) for place, maker in _parts((), self.maker) if not _is_split(maker))

    def objects(self) -> Iterator[tuple[Pointer, ObjectMaker]]:
        """Yield the makers of the objects around the leaves, the outermost first."""
        return ((place, maker) for place, maker in _parts((), self.maker) if _is_split(maker))


def _is_split(maker: Maker) -> TypeGuard[ObjectMaker]:
    """Whether the members of a maker are leaves or objects of their own."""
    return isinstance(maker, ObjectMaker) and maker.plain and bool(maker.members)


def _parts(at: Pointer, maker: Maker) -> Iterator[tuple[Pointer, Maker]]:
    yield at, maker
    if _is_split(maker):
        for name, member in maker.members.items():
            yield from _parts((*at, name), member)


def element_at(value: Any, place: Pointer) -> Any:
    """Return the element of a value at a place."""
    for part in place:
        value = value[part]
    return value


def _found(value: Any, place: Pointer) -> Any:
    """Return the element at a place, None if an optional member on the way was left out."""
    try:
        return element_at(value, place)
    except (LookupError, TypeError):
        return None
