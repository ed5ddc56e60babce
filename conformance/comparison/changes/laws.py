"""What differs between the laws of two schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....spec.visible import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....spec.documents.pointers import Pointer
    from .conjunction import Conjunction

_LONGEST = 200


def laws(
    old: Conjunction, new: Conjunction
) -> Iterator[tuple[str, str, str, tuple[Pointer, Pointer]]]:
    """Yield what happened to the laws: the event, both laws in words, and both places.

    A law with another message, or with other blanks, is the same law.
    """
    was, now = _laws(old), _laws(new)
    gone = [key for key in was if key not in now]
    more = [key for key in now if key not in was]
    for key in gone:
        place, law = was[key]
        other = next((k for k in more if _is_like(law, now[k][1])), None)
        if other is None:
            yield "removed", _words(law), "", (place, new.place("x-validations"))
        else:
            more.remove(other)
            yield "changed", _words(law), _words(now[other][1]), (place, now[other][0])
    for key in more:
        place, law = now[key]
        yield "added", "", _words(law), (old.place("x-validations"), place)


def _laws(schema: Conjunction) -> dict[str, tuple[Pointer, Mapping[str, Any]]]:
    found = {}
    for place, laws_ in schema.values("x-validations"):
        for index, law in enumerate(laws_):
            parts = ("".join(str(law.get(name, "")).split()) for name in ("when", "rule"))
            found["\n".join(parts)] = ((*place, str(index)), law)
    return found


def _is_like(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two laws are one that changed: they have a message or a rule in common."""
    if "".join(str(one.get("rule")).split()) == "".join(str(other.get("rule")).split()):
        return True
    names = ("message", "requirement", "fieldPath")
    same = [one.get(name) == other.get(name) for name in names if name in one or name in other]
    return one.get("message") == other.get("message") or all(same)


def _words(law: Mapping[str, Any]) -> str:
    return cut(" ".join(str(law.get("message", law.get("rule", ""))).split()), _LONGEST)
