"""The register of requirements, and the links from elements of the contract to them.

`x-requirement` on an element is either the id of one requirement, for the element as a whole, or an
object of conditions with an id each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import files
from .describing import joined
from .source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .source import Pointer, Problem

# Beside this file: `importlib.resources` does not find an editable install's root.
DEFAULT = Path(__file__).with_name("requirements.yaml")
_SCHEMA = Path(__file__).with_name("requirements.schema.yaml")


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    INFO = "INFO"


class CheckedBy(StrEnum):
    """What judges a requirement: a schema or a law of the contract, or a rule in Python."""

    SCHEMA = "schema"
    LAW = "law"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the register.

    `document` is the place in the document it comes from, `how` says how it is judged,
    and `not_checked`, where `checked_by` is None, why it is not.
    """

    id: str
    level: Level
    title: str
    section: str
    document: str
    statement: str
    checked_by: CheckedBy | None
    how: str
    not_checked: str
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the document, under which requirements are reported."""

    id: str
    title: str
    document: str


@dataclass(frozen=True, slots=True)
class Register:
    """All requirements, in the order of the file, with the sections they belong to."""

    path: Path
    requirements: Mapping[str, Requirement]
    sections: Mapping[str, Section]

    def __contains__(self, requirement: object) -> bool:
        return requirement in self.requirements

    def __getitem__(self, requirement: str) -> Requirement:
        return self.requirements[requirement]

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements.values())

    def __len__(self) -> int:
        return len(self.requirements)


@cache
def load(path: Path = DEFAULT) -> Register:
    """Read a register; raise SourceError with file and line for every mistake in it."""
    value, source = files.read(path, _SCHEMA)
    problems: list[Problem] = []
    sections = {
        each["id"]: Section(each["id"], each["title"], each["document"])
        for each in value["sections"]
    }
    decisions = {each["id"] for each in value.get("decisions", ())}
    requirements: dict[str, Requirement] = {}
    for index, entry in enumerate(value["requirements"]):
        place = ("requirements", str(index))
        name, section = entry["id"], entry["section"]
        if name in requirements:
            problems.append(source.problem((*place, "id"), f"{name} stands twice"))
        if section not in sections:
            what = f"{name} names the section {section!r}, which is not listed"
            hint = f"Listed are {', '.join(sections)}"
            problems.append(source.problem((*place, "section"), what, hint))
        if unknown := [each for each in entry.get("decisions", ()) if each not in decisions]:
            what = f"{name} names {joined(unknown)}, which is not under decisions"
            problems.append(source.problem((*place, "decisions"), what))
        requirements[name] = Requirement(
            id=name,
            level=Level(entry["level"]),
            title=entry["title"].strip(),
            section=section,
            document=entry["document"].strip(),
            statement=entry["statement"].strip(),
            checked_by=CheckedBy(entry["checked_by"]) if "checked_by" in entry else None,
            how=entry.get("how", "").strip(),
            not_checked=entry.get("not_checked", "").strip(),
            decisions=tuple(entry.get("decisions", ())),
        )
    if problems:
        raise SourceError(problems)
    return Register(path, requirements, sections)


# The conditions that `x-requirement` may list on each kind of element: the ways in which a request,
# or a list, can be tested. Probes produce them, and requests are recognised by them.
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
# By the name of the element, or of what it is listed under.
_BY_NAME = {
    "x-pagination": PAGINATION,
    "x-error-code": ERROR,
    "x-required-headers": HEADER,
    "securitySchemes": SCHEME,
}
_DATA = frozenset({"example", "examples", "x-requirement"})


@dataclass(frozen=True, slots=True)
class Link:
    """The requirements that one element of the contract is linked to.

    `place` is where the `x-requirement`, or the `requirement` of a law, stands; `ids` is one id, or
    an object of conditions with an id each; `conditions` are those that it may list.
    """

    place: Pointer
    ids: str | Mapping[str, str]
    conditions: tuple[str, ...]

    @classmethod
    def under(cls, place: Pointer, element: Any) -> Iterator[Link]:
        """Yield every link at and below an element; an example is data, and has none."""
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
    def _of_laws(cls, place: Pointer, laws: list[Any]) -> Iterator[Link]:
        for index, law in enumerate(laws):
            if isinstance(law, dict) and "requirement" in law:
                yield cls((*place, str(index), "requirement"), law["requirement"], ())

    def mistakes(self, register: Register) -> Iterator[tuple[Pointer, str, str]]:
        """Yield what is wrong with the link: where, what, and what is right."""
        table = self.ids if isinstance(self.ids, dict) else {"": self.ids}
        for condition, requirement in table.items():
            at = (*self.place, condition) if condition else self.place
            if requirement not in register:
                what = f"requirement {requirement!r} is not in the register"
                yield at, what, f"Add it to {register.path}, or use one that is there"
            if condition and condition not in self.conditions:
                known = ", ".join(self.conditions)
                hint = f"Allowed are {known}" if known else "Only one id for the element is allowed"
                yield at, f"the condition {condition!r} does not exist here", hint


def _known(place: Pointer, element: Mapping[str, Any]) -> tuple[str, ...]:
    if "responses" in element:
        return OPERATION
    if "in" in element and "name" in element and place[-2:-1] != ("securitySchemes",):
        return PARAMETER
    return next((_BY_NAME[name] for name in reversed(place[-2:]) if name in _BY_NAME), ())


def requirements_of(element: Mapping[str, Any]) -> dict[str, str]:
    """Return the requirement of each condition of an element, {} where it lists none."""
    ids = element.get("x-requirement")
    return dict(ids) if isinstance(ids, dict) else {}
