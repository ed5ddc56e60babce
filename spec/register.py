"""The register of requirements: requirements.yaml as objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import files
from .describing import joined
from .source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .source import Problem

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
