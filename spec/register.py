"""The register of requirements, and the links from elements of the contract to them.

`x-requirement` on an element is either the id of one requirement, for the element as a whole, or an
object of conditions with an id each. A condition is a way to test an element, such as `missing` for
a parameter; probes produce it, the request parser recognizes it, and rules judge the responses. The
kind of element and the condition together are an aspect, `parameter.missing`, by which the register
names the rules that judge a requirement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .describing import joined
from .documents import files
from .documents.pointers import objects
from .documents.problems import SourceError
from .documents.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .documents.pointers import Pointer
    from .documents.problems import Problem
    from .model.operation import Operation

# Beside this file: `importlib.resources` does not find an editable install's root.
DEFAULT = Path(__file__).with_name("requirements.yaml")
_SCHEMA = Path(__file__).with_name("requirements.schema.yaml")

CONDITIONS: Mapping[str, list[str]] = Source.read(Path(__file__).with_name("conditions.yaml")).value
"""The conditions of each kind of element."""

UNTIED = "contract.untied"
"""The aspect of the requirement that takes what is tied to no requirement of its own."""

# Schemas judge these, and laws that the contract makes of bounds.
_BY_CONTRACT = {"schema.value", "schema.bounds"}
ASPECTS = (
    frozenset({UNTIED, *(f"{kind}.{name}" for kind, names in CONDITIONS.items() for name in names)})
    - _BY_CONTRACT
)
"""Every aspect that a requirement may name."""


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    INFO = "INFO"


class Ground(StrEnum):
    """What a requirement rests on: the document's words, its example, a conclusion, a decision."""

    STATED = "stated"
    SHOWN = "shown"
    DERIVED = "derived"
    DECIDED = "decided"


class CheckedBy(StrEnum):
    """What judges a requirement: a schema or a law of the contract, or the rules of its aspects."""

    SCHEMA = "schema"
    LAW = "law"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of the register.

    `document` is its place in the documentation, and `quote` its words there, or empty; `ground` is
    None if the register states none. `aspects` name the rules that judge it, `how` says how it is
    judged, and `not_checked`, if `checked_by` is None, why it is not. `line` is where it stands in
    the file of the register. If it is derived, `place` is its declaration in the contract.
    """

    id: str
    level: Level
    title: str
    section: str
    document: str
    ground: Ground | None
    quote: str
    statement: str
    checked_by: CheckedBy | None
    aspects: tuple[str, ...]
    how: str
    not_checked: str
    decisions: tuple[str, ...]
    line: int
    place: Pointer = ()

    @property
    def basis(self) -> str:
        """What it rests on: the place in the documentation, and the words there."""
        return f"{self.document}: “{self.quote}”" if self.quote else self.document


@dataclass(frozen=True, slots=True)
class Decision:
    """What a requirement does where the document is silent or contradicts itself.

    `policies` are the names of what a team can choose instead, the default first; () if there is no
    choice.
    """

    id: str
    document: str
    decision: str
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the documentation, under which requirements are reported."""

    id: str
    title: str
    document: str


@dataclass(frozen=True, slots=True)
class Register:
    """All requirements, in the order of the file, with the sections they belong to.

    If it `is_derived`, it is made from the contract at `path`, and its texts are complete.
    """

    path: Path
    requirements: Mapping[str, Requirement]
    sections: Mapping[str, Section]
    decisions: Mapping[str, Decision]
    is_derived: bool = False

    def decisions_of(self, requirement: Requirement) -> list[Decision]:
        """Return the decisions that a requirement rests on."""
        return [self.decisions[each] for each in requirement.decisions]

    def __contains__(self, requirement: object) -> bool:
        return requirement in self.requirements

    def __getitem__(self, requirement: str) -> Requirement:
        return self.requirements[requirement]

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements.values())

    def __len__(self) -> int:
        return len(self.requirements)

    def worded(self, operations: Sequence[Operation]) -> Register:
        """Return the register with the names, bounds and nouns of a contract filled in."""
        if self.is_derived:
            return self
        words = _words(operations)

        def filled(text: str) -> str:
            return _NAME.sub(lambda found: words[found[1]], text)

        requirements = {
            each.id: replace(
                each,
                title=filled(each.title),
                statement=filled(each.statement),
                how=filled(each.how),
            )
            for each in self
        }
        return replace(self, requirements=requirements)


_TEXTS = ("title", "document", "quote", "statement", "how", "not_checked")
_NAME = re.compile(r"\{([^{}]*)\}")
# What a text may name in braces: its place in the pagination of an operation, and what stands there
# if the contract has no such thing, or lists that differ in it.
_NAMES: Mapping[str, tuple[str, str]] = {
    "token": ("", "token"),
    "page.name": ("page.name", "page"),
    "page.minimum": ("page.minimum", "the minimum"),
    "page.maximum": ("page.maximum", "the maximum"),
    "size.name": ("size.name", "page size"),
    "size.minimum": ("size.minimum", "the minimum"),
    "size.maximum": ("size.maximum", "the maximum"),
    "currentPage": ("current_page", "current page"),
    "totalItems": ("total_items", "total"),
    "totalPages": ("total_pages", "number of pages"),
    "items": ("items", "rows"),
    "key": ("key", "key"),
    "row": ("nouns.row", "row"),
    "rows": ("nouns.rows", "rows"),
    "list": ("nouns.list", "list"),
}


def _words(operations: Sequence[Operation]) -> Mapping[str, str]:
    pagings = [operation.pagination for operation in operations if operation.pagination]
    words = {}
    for name, (attribute, general) in _NAMES.items():
        if attribute:
            values = {_last(attrgetter(attribute)(paging)) for paging in pagings}
        else:
            values = {scheme.name for operation in operations for scheme in operation.schemes}
        value = values.pop() if len(values) == 1 else None
        words[name] = general if value is None else str(value)
    return words


def _last(value: Any) -> Any:
    """Return the last step of a place, None if it has none; or a value that is no place."""
    return next(iter(value[-1:]), None) if isinstance(value, tuple) else value


@cache
def load(path: Path = DEFAULT) -> Register:
    """Read a register; raise SourceError with file and line for every mistake in it."""
    value, source = files.read(path, _SCHEMA)
    problems: list[Problem] = []
    sections = {
        each["id"]: Section(each["id"], each["title"], each["document"])
        for each in value["sections"]
    }
    decisions = {
        each["id"]: Decision(
            each["id"],
            each["document"].strip(),
            each["decision"].strip(),
            tuple(each.get("policies", ())),
        )
        for each in value.get("decisions", ())
    }
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
        problems += _misnamed(source, place, entry)
        by = None if "not_checked" in entry else CheckedBy(entry.get("checked_by", CheckedBy.RULE))
        requirements[name] = Requirement(
            id=name,
            level=Level(entry["level"]),
            section=section,
            ground=Ground(entry["ground"]) if "ground" in entry else None,
            checked_by=by,
            aspects=tuple(entry.get("aspects", ())),
            decisions=tuple(entry.get("decisions", ())),
            line=source.line(place),
            **{text: entry.get(text, "").strip() for text in _TEXTS},
        )
    if not any(UNTIED in each.aspects for each in requirements.values()):
        what = f"no requirement has the aspect {UNTIED}"
        hint = "Add one: what a schema finds and is tied to no requirement is reported there"
        problems.append(source.problem(("requirements",), what, hint))
    if problems:
        raise SourceError(problems)
    return Register(path, requirements, sections, decisions)


def _misnamed(source: Source, place: Pointer, entry: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the aspects and the names in braces of an entry that do not exist."""
    for aspect in entry.get("aspects", ()):
        if aspect not in ASPECTS:
            hint = f"Use {', '.join(sorted(ASPECTS))}"
            yield source.problem((*place, "aspects"), f"the aspect {aspect} does not exist", hint)
    for member in ("title", "statement", "how"):
        for name in _NAME.findall(entry.get(member, "")):
            if name not in _NAMES:
                what = f"{member} has the name {{{name}}}, which does not exist"
                yield source.problem((*place, member), what, f"Use {', '.join(_NAMES)}")


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
