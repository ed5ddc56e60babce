"""application/x-www-form-urlencoded: each member of an object is written as a query parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..parameters.faults import ParameterFault, UnwritableError
from ..parameters.received import decoded, grouped, query_pairs
from ..parameters.serialization import serialization_of
from .errors import BodyError
from .plain import without_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..parameters.received import Received
    from ..parameters.serialization import Serialization
    from ..parameters.shape import Shape

_STYLED = {"style", "explode", "allowReserved"}


MOST_PAIRS = 1_000
"""How many names and values a form may have."""


def write(members: Mapping[str, Any], shape: Shape, encoding: Mapping[str, Any]) -> bytes:
    """Return the form of an object without members that are null or empty.

    Raises UnwritableError for a member that no style writes.
    """
    named = _Members(members, shape, encoding)
    pairs: list[tuple[str, str]] = []
    for name, value in members.items():
        member = named.of(name)
        stated = value if member.json else without_empty({name: value}).get(name)
        pairs += () if stated is None else member.write(stated)
    if len(pairs) > MOST_PAIRS:
        raise UnwritableError(f"it has more than {MOST_PAIRS} names and values")
    return "&".join(f"{name}={value}" for name, value in pairs).encode("ascii")


def read(data: bytes, shape: Shape, encoding: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object of a form; what is no value of its member is the text that was sent.

    Raises BodyError for a form that is too long.
    """
    if data.count(b"&") >= MOST_PAIRS:
        detail = f"the body has more than {MOST_PAIRS} names and values"
        raise BodyError("Body is too long", detail)
    received = grouped(query_pairs(data.decode("latin-1")))
    members = _Members(shape.members, shape, encoding)
    found, taken = {}, set()
    for name in sorted(shape.members):
        member = members.of(name)
        if names := member.names(received):
            found[name] = _value(member, received, names)
            taken.update(names)
    for name in received.keys() - taken:
        found[name] = _value(members.of(name), {name: received[name]}, [name])
    return {name: found.get(name, []) for name in sorted({*found, *shape.empty})}


def _value(member: Serialization, received: Received, names: list[str]) -> Any:
    for _, value in member.read(received):
        if not isinstance(value, ParameterFault):
            return value
    texts = [decoded(value) for each in names for value in received[each]]
    return texts[0] if len(texts) == 1 else texts


class _Members:
    """How the members of an object are written; `names` are those that none of them may take."""

    def __init__(self, names: Iterable[str], shape: Shape, encoding: Mapping[str, Any]) -> None:
        self._names, self._shape, self._encoding = frozenset(names), shape, encoding

    def of(self, name: str) -> Serialization:
        """Return how a member is written: in its style if it has one, JSON if it is no plain value.

        Elements of an array are pairs of their own.
        """
        shape, encoding = self._shape.member(name), self._encoding.get(name, {})
        raw: dict[str, Any] = {"name": name, "in": "query", "schema": {}}
        if _STYLED & encoding.keys():
            raw |= {each: encoding[each] for each in _STYLED & encoding.keys()}
        elif "json" in encoding.get("contentType", "") or _is_deep(shape):
            del raw["schema"]
            raw["content"] = {"application/json": {}}
        return serialization_of(raw, shape, self._names - {name})


def _is_deep(shape: Shape) -> bool:
    nested = shape.element.kinds & {"array", "object"}
    return shape.kinds == {"object"} or (shape.kinds == {"array"} and bool(nested))
