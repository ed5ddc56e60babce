"""The register: what a server has to do, on which ground, and what judges it."""

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
