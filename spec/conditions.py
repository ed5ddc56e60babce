"""Situations: the ways an element of the contract is put to the test.

`x-requirement` on an element is either the id of one requirement, for the element as a whole, or a
table from situations to ids. The situations are this vocabulary: probes make them, readings of
requests recognise them, and rules judge what came back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .register import Register
    from .source import Pointer

OPERATION = (
    "accepted",
    "contentType",
    "strictJson",
    "repeatedMembers",
    "otherMethods",
    "notAllowed",
    "repeatable",
    "connection",
    "timeLimit",
)
HEADER = ("accepted", "missing", "other")
SCHEME = ("valid", "missing", "unknown", "empty", "nearMiss", "everywhere", "code", "secret")
PARAMETER = (
    "missing",
    "malformed",
    "belowMinimum",
    "aboveMaximum",
    "atMinimum",
    "atMaximum",
    "between",
    "astronomical",
    "ambiguous",
    "unknown",
    "hostile",
    "refusal",
    "filter",
)
PAGINATION = (
    "pastEnd",
    "unique",
    "complete",
    "stableTotal",
    "repeatable",
    "sameSet",
    "sameOrder",
)
ERROR = ("form", "success", "agreement", "blame", "internals")


_DATA = frozenset({"example", "examples", "x-requirement"})


@dataclass(frozen=True, slots=True)
class Conditioned:
    """An element with `x-requirement`: where it stands, what it is tied to, what it may name."""

    place: Pointer
    ties: Any
    known: tuple[str, ...]

    @classmethod
    def under(cls, place: Pointer, element: Any) -> Iterator[Conditioned]:
        """Give every tie at and below an element; an example is data, and has none."""
        if isinstance(element, list):
            for index, child in enumerate(element):
                yield from cls.under((*place, str(index)), child)
            return
        if not isinstance(element, dict):
            return
        if "x-requirement" in element:
            yield cls((*place, "x-requirement"), element["x-requirement"], _known(place, element))
        for name, child in element.items():
            if name == "x-validations" and isinstance(child, list):
                yield from cls._of_laws((*place, name), child)
            # A property may be called "example"; only outside `properties` is it one.
            elif name not in _DATA or place[-1:] == ("properties",):
                yield from cls.under((*place, name), child)

    @classmethod
    def _of_laws(cls, place: Pointer, laws: list[Any]) -> Iterator[Conditioned]:
        for index, law in enumerate(laws):
            if isinstance(law, dict) and "requirement" in law:
                yield cls((*place, str(index), "requirement"), law["requirement"], ())


# What may stand in a table, by the name of the element, or of what it is listed under.
_BY_NAME = {
    "x-pagination": PAGINATION,
    "x-error-code": ERROR,
    "x-required-headers": HEADER,
    "securitySchemes": SCHEME,
}


def _known(place: Pointer, element: Mapping[str, Any]) -> tuple[str, ...]:
    if "responses" in element:
        return OPERATION
    if "in" in element and "name" in element and place[-2:-1] != ("securitySchemes",):
        return PARAMETER
    return next((_BY_NAME[name] for name in reversed(place[-2:]) if name in _BY_NAME), ())


def check(situated: Conditioned, register: Register) -> Iterator[tuple[Pointer, str, str]]:
    """Give what is wrong with a tie: where, what, and what would be right."""
    ties = situated.ties
    table = ties if isinstance(ties, dict) else {"": ties}
    for condition, requirement in table.items():
        at = (*situated.place, condition) if condition else situated.place
        if requirement not in register:
            what = f"requirement {requirement!r} is not in the register"
            yield at, what, f"Add it to {register.path}, or name one that is there"
        if condition and condition not in situated.known:
            allowed = ", ".join(situated.known) or "none: the element is tied as a whole, to one id"
            yield at, f"the situation {condition!r} does not exist here", f"Allowed are {allowed}"


def mapping(element: Mapping[str, Any]) -> dict[str, str]:
    """Give the table from situations to requirements of an element, {} where it has none."""
    ties = element.get("x-requirement")
    return dict(ties) if isinstance(ties, dict) else {}
