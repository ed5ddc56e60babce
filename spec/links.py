"""Links from elements of the contract to the requirements of the register.

`x-requirement` on an element is either the id of one requirement, for the element as a whole, or an
object of conditions with an id each. A condition is a way to test an element, such as `missing` for
a parameter; probes produce it, the request parser recognizes it, and rules judge the responses. The
kind of element and the condition together are an aspect, `parameter.missing`, by which the register
names the rules that judge a requirement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .documents.pointers import objects
from .register import ASPECTS, CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .documents.pointers import Pointer
    from .register import Register, Requirement

# The kind of an element, by its name or by the name of what it is listed under.
_BY_NAME = {
    "x-pagination": "pagination",
    "x-error-code": "error",
    "x-resource": "resource",
    "x-required-headers": "header",
    "securitySchemes": "security",
}
_IN_PATHS = 3
"""The steps to an operation: paths, the path, and the method."""


@dataclass(frozen=True, slots=True)
class Link:
    """The requirements that one element of the contract is linked to.

    `place` is where the `x-requirement`, or the `requirement` of a law, stands; `ids` is one id, or
    an object of conditions with an id each; `kind` is the element's key in `CONDITIONS`, or empty.
    """

    place: Pointer
    ids: str | Mapping[str, str]
    kind: str

    @classmethod
    def under(cls, place: Pointer, element: Any) -> Iterator[Link]:
        """Yield every link at and below an element; an example is data, and has none."""
        for at, each in objects(element, place):
            if "x-requirement" in each:
                yield cls((*at, "x-requirement"), each["x-requirement"], _kind(at, each))
            elif at[-2:-1] == ("x-validations",) and "requirement" in each:
                yield cls((*at, "requirement"), each["requirement"], "")

    def place_of(self, requirement: Requirement) -> Pointer | None:
        """Return where a requirement stands in the link, or None."""
        if isinstance(self.ids, str):
            return self.place if self.ids == requirement.id else None
        named = (name for name, id_ in self.ids.items() if id_ == requirement.id)
        return next(((*self.place, name) for name in named), None)

    def mistakes(self, register: Register) -> Iterator[tuple[Pointer, str, str]]:
        """Yield what is wrong with the link: where, what, and what is right."""
        known = CONDITIONS.get(self.kind, ())
        ids = {"": self.ids} if isinstance(self.ids, str) else self.ids
        for condition, id_ in ids.items():
            at = (*self.place, condition) if condition else self.place
            aspect = f"{self.kind}.{condition}"
            if condition and condition not in known:
                words = ", ".join(known)
                hint = f"Allowed are {words}" if words else "Only one id for the element is allowed"
                yield at, f"the condition {condition!r} does not exist here", hint
            if id_ not in register:
                what = f"requirement {id_!r} is not in the register"
                yield at, what, f"Add it to {register.path}, or use one that is there"
            elif aspect in ASPECTS and aspect not in register[id_].aspects:
                hint = f"Add the aspect to {id_} in {register.path}"
                yield at, f"requirement {id_!r} does not have the aspect {aspect}", hint


def _kind(place: Pointer, element: Mapping[str, Any]) -> str:
    # From OpenAPI 3.1 on, it may be without responses.
    if "responses" in element or (place[:1] == ("paths",) and len(place) == _IN_PATHS):
        return "operation"
    if "in" in element and "name" in element and place[-2:-1] != ("securitySchemes",):
        return "parameter"
    named = next((_BY_NAME[name] for name in reversed(place[-2:]) if name in _BY_NAME), "")
    return named or ("schema" if "type" in element else "")


def requirements_of(element: Mapping[str, Any]) -> dict[str, str]:
    """Return the requirement of each condition of an element, {} if it lists none."""
    ids = element.get("x-requirement")
    return dict(ids) if isinstance(ids, dict) else {}
