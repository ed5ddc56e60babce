"""How the values of a keyword are compared: each comparison yields what happened to them.

Schemas that admit a few values only, such as enums and booleans, are compared by these: they admit
the same if their values are the same, whatever keywords say so.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from ....spec.describing import actual
from ....spec.schemas.keywords import ALLOWED_OR_NOT
from .conjunction import TYPES
from .kinds import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ....spec.documents.pointers import Pointer
    from ....spec.schemas.writer import Direction
    from .conjunction import Conjunction

_EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}

_MOST_VALUES = 20
_SAYING_NOTHING = {"minLength", "minItems", "minProperties"}
"""What says nothing if it is 0."""

_PLAIN = {"type", "enum"}
_FEW: Mapping[str, tuple[Any, ...]] = {"boolean": (True, False), "null": (None,)}
"""The types with a few values."""


class Event(NamedTuple):
    """What happened to the value of a keyword, and the values in words."""

    name: str
    old: str = ""
    new: str = ""


def compared(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    """Yield what happened to the values of a keyword."""
    yield from _COMPARISONS[table().keywords[keyword]](keyword, old, new)


def _bound(keyword: str, schema: Conjunction, strictest: Callable[..., Any]) -> Any:
    exclusive = _EXCLUSIVE.get(keyword, "")
    bounds = [
        (value, part.get(exclusive) is True)
        for part in schema.parts.values()
        if isinstance(value := part.get(keyword), int | float)
        if value or keyword not in _SAYING_NOTHING
    ]
    sign = -1 if strictest is min else 1
    return strictest(bounds, key=lambda bound: (bound[0], sign * bound[1]), default=None)


def _bounded(
    keyword: str, old: Conjunction, new: Conjunction, strictest: Callable[..., Any]
) -> Iterator[Event]:
    was, now = _bound(keyword, old, strictest), _bound(keyword, new, strictest)
    sign = -1 if strictest is min else 1
    ranks = [_rank(each, of, sign) for each, of in ((was, old), (now, new))]
    if ranks[0] == ranks[1]:
        return
    words = ["" if each is None else _bound_in_words(each) for each in (was, now)]
    if was is None or now is None:
        yield Event("added" if was is None else "removed", *words)
        return
    yield Event("raised" if ranks[1] > ranks[0] else "lowered", *words)


def _rank(bound: Any, schema: Conjunction, sign: int) -> Any:
    """Return a bound as a pair that is larger if it is higher; `sign` is -1 for upper ones."""
    if bound is None:
        return None
    value, exclusive = bound
    if exclusive and value % 1 == 0 and "fraction" not in schema.types():
        value, exclusive = value + sign, False  # of integers, the next one is the first
    return value, sign * exclusive


def _bound_in_words(bound: tuple[float, bool]) -> str:
    value, exclusive = bound
    return f"{value}, exclusive" if exclusive else str(value)


def _upper(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    return _bounded(keyword, old, new, min)


def _lower(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    return _bounded(keyword, old, new, max)


def _divisor(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    stated = [{v for _, v in each.values(keyword)} for each in (old, new)]
    if not any(stated):
        return
    was, now = (_divisors(own, each) for own, each in zip(stated, (old, new), strict=True))
    words = [", ".join(map(str, each)) for each in (was, now)]
    if was == now:
        return
    if not was or not now:
        yield Event("removed" if was else "added", *words)
    elif all(any(_divides(one, other) for other in was) for one in now):
        yield Event("divided" if stated[1] else "removed", *words)
    elif all(any(_divides(one, other) for other in now) for one in was):
        yield Event("multiplied" if stated[0] else "added", *words)
    else:
        yield Event("changed", *words)


def _divisors(stated: set[Any], schema: Conjunction) -> list[Any]:
    """Return what divides all numbers of a schema; integers are multiples of 1."""
    found = stated | ({1} if "fraction" not in schema.types() else set())
    return sorted(v for v in found if not any(_divides(v, w) for w in found if w != v))


def _divides(one: Any, other: Any) -> bool:
    # As they are written: 0.1 is not ten times 0.01 as floats.
    first, second = Fraction(str(one)), Fraction(str(other))
    return bool(first) and second % first == 0


def _values(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    was, now = _allowed(keyword, old), _allowed(keyword, new)
    if was is None or now is None:
        if was != now:
            every = ", ".join(few([*(was or now or {}).values()]))
            yield Event("removed", old=every) if now is None else Event("added", new=every)
        return
    yield from changed_values(was, now)


def changed_values(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Event]:
    """Yield the values that only one of two schemas lists, which are in words by their texts."""
    gone = [old[each] for each in old if each not in new]
    more = [new[each] for each in new if each not in old]
    yield from (Event("valueRemoved", old=each) for each in few(gone))
    yield from (Event("valueAdded", new=each) for each in few(more))


def few(values: list[str]) -> list[str]:
    """Return values, or as one text if they are many."""
    if len(values) <= _MOST_VALUES:
        return values
    return [f"{', '.join(values[:_MOST_VALUES])} and {len(values) - _MOST_VALUES} more"]


def _allowed(keyword: str, schema: Conjunction) -> Mapping[str, str] | None:
    """Return the allowed values in words, by how they are written; null is a matter of types."""
    found: dict[str, str] | None = None
    if schema.types() - {"null"} == {"boolean"}:
        found = {"true": "true", "false": "false"}
    for _, values in schema.values(keyword):
        texts = in_words(schema, values)
        found = texts if found is None else {k: v for k, v in found.items() if k in texts}
    return found


def _types(_: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    was, now = old.admitted(), new.admitted()
    if was == now:
        return
    if old.is_text and None not in (_allowed("enum", old), _allowed("enum", new)):
        return  # which texts are allowed says all
    stated = old.types(), new.types()
    words = [_types_in_words(each) for each in stated]
    if TYPES in stated:
        yield Event("added" if stated[0] == TYPES else "removed", *words)
        return
    gone, more = was - now - {"null"}, now - was - {"null"}
    if gone and more:
        yield Event("changed", *words)
    elif gone or more:
        yield Event("typeRemoved" if gone else "typeAdded", *words)
    if "null" in now - was:
        yield Event("nullAdded")
    if "null" in was - now:
        yield Event("nullRemoved")


def _types_in_words(types: frozenset[str]) -> str:
    if types == TYPES:
        return "any type"
    names = ["number" if name == "fraction" else name for name in sorted(types - {"null"})]
    if "fraction" in types:
        names = [name for name in names if name != "integer"]
    return " or ".join(names) or "null"


def _formats(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    wider = table().formats
    texts = [[str(value) for _, value in each.values(keyword)] for each in (old, new)]
    if len(texts[0]) != 1 or len(texts[1]) != 1:
        yield from _texts(keyword, old, new)
        return
    was, now = texts[0][0], texts[1][0]
    if was == now:
        return
    widened, narrowed = now in wider.get(was, ()), was in wider.get(now, ())
    if not (widened and narrowed):
        event = "widened" if widened else "narrowed" if narrowed else "changed"
        yield Event(event, was, now)


def _texts(keyword: str, old: Conjunction, new: Conjunction) -> Iterator[Event]:
    nothing = "true" if keyword in ALLOWED_OR_NOT else "false"
    was, now = ([text for text in each.texts(keyword) if text != nothing] for each in (old, new))
    gone, more = (
        [text for text in one if text not in other] for one, other in ((was, now), (now, was))
    )
    words = [", ".join(map(_short, each)) for each in (gone, more)]
    if gone and more:
        yield Event("changed", *words)
    elif gone or more:
        yield Event("removed" if gone else "added", *words)


def _short(text: str) -> str:
    return actual(json.loads(text))


def is_plain(schema: Conjunction) -> bool:
    """Whether only the type, and a list of values, say what a schema admits."""
    return schema.asserting <= _PLAIN


def admitted(schema: Conjunction, direction: Direction) -> list[Any] | None:
    """Return all values that a schema admits, None if they are not listed."""
    listed = _listed(schema, set())
    return None if listed is None else [v for v in listed if schema.admits(v, direction)]


def in_words(schema: Conjunction, values: Iterable[Any]) -> dict[str, str]:
    """Return values in words, by how they are written; null is a matter of types."""
    return {schema.written(each): actual(each) for each in values if each is not None}


def _listed(schema: Conjunction, seen: set[Pointer]) -> list[Any] | None:
    """Return values among which are all that a schema admits, None if that may be others.

    The values of the branches in `seen` are listed elsewhere.
    """
    types = schema.types()
    if types <= _FEW.keys():
        return [value for each in sorted(types) for value in _FEW[each]]
    for _, values_ in schema.values("enum"):
        return [*values_, None]
    for _, branches in schema.groups():
        found = [_of_branch(schema.at((branch,)), seen) for branch in branches]
        if None not in found:
            return [value for each in found for value in each or ()]
    return None


def _of_branch(branch: Conjunction, seen: set[Pointer]) -> list[Any] | None:
    place = branch.place()
    if place in seen:
        return []
    seen.add(place)
    return _listed(branch, seen)


_COMPARISONS: Mapping[str, Callable[[str, Conjunction, Conjunction], Iterator[Event]]] = {
    "upper": _upper,
    "lower": _lower,
    "divisor": _divisor,
    "values": _values,
    "types": _types,
    "formats": _formats,
    "texts": _texts,
}
