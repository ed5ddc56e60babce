"""The register of requirements: requirements.yaml as objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .source import Problem, Source, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Beside this file: `importlib.resources` does not find an editable install's root.
DEFAULT = Path(__file__).with_name("requirements.yaml")


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
    source = Source.read(path)
    problems: list[Problem] = []
    sections: dict[str, Section] = {}
    requirements: dict[str, Requirement] = {}
    for index, entry in _entries(source, "sections", problems):
        if text := _texts(
            source, ("sections", index), entry, ("id", "title", "document"), problems
        ):
            sections[text["id"]] = Section(text["id"], text["title"], text["document"])
    for index, entry in _entries(source, "requirements", problems):
        place = ("requirements", index)
        requirement = _requirement(source, place, entry, problems)
        if requirement is None:
            continue
        if requirement.id in requirements:
            problems.append(source.problem((*place, "id"), f"{requirement.id} stands twice"))
        if requirement.section not in sections:
            what = (
                f"{requirement.id} names the section {requirement.section!r}, which is not listed"
            )
            hint = f"Listed are {', '.join(sections)}"
            problems.append(source.problem((*place, "section"), what, hint))
        requirements[requirement.id] = requirement
    if problems:
        raise SourceError(problems)
    return Register(path, requirements, sections)


def _entries(
    source: Source, member: str, problems: list[Problem]
) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = source.value.get(member) if isinstance(source.value, dict) else None
    if not isinstance(entries, list):
        problems.append(source.problem((member,), f"the list {member} is missing"))
        return
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            yield str(index), entry
        else:
            problems.append(source.problem((member, index), f"an entry of {member} has members"))


def _texts(
    source: Source,
    place: tuple[str, str],
    entry: dict[str, Any],
    members: tuple[str, ...],
    problems: list[Problem],
) -> dict[str, str]:
    wrong = [member for member in members if not isinstance(entry.get(member), str)]
    for member in wrong:
        what = f"{member} is missing here, or is not text"
        problems.append(source.problem((*place, member), what))
    return {} if wrong else {member: entry[member].strip() for member in members}


def _requirement(
    source: Source, place: tuple[str, str], entry: dict[str, Any], problems: list[Problem]
) -> Requirement | None:
    members = ("id", "level", "title", "section", "document", "statement")
    text = _texts(source, place, entry, members, problems)
    if not text:
        return None
    reason = "not_checked" if "not_checked" in entry else "checked_by"
    if text["level"] not in list(Level):
        what = f"the level {text['level']!r} does not exist"
        problems.append(source.problem((*place, "level"), what, f"Use {', '.join(Level)}"))
        return None
    decisions = entry.get("decisions", [])
    if not isinstance(decisions, list) or set(map(str, decisions)) - _decisions(source):
        what = f"the decisions of {text['id']} are not a list of ids that are under decisions"
        problems.append(source.problem((*place, "decisions"), what))
        return None
    if reason == "checked_by" and entry.get("checked_by") not in list(CheckedBy):
        what = f"{text['id']} says neither how it is checked nor why it is not"
        hint = f"Add checked_by ({', '.join(CheckedBy)}) with how, or not_checked with the reason"
        problems.append(source.problem(place, what, hint))
        return None
    return Requirement(
        id=text["id"],
        level=Level(text["level"]),
        title=text["title"],
        section=text["section"],
        document=text["document"],
        statement=text["statement"],
        checked_by=CheckedBy(entry["checked_by"]) if reason == "checked_by" else None,
        how=str(entry.get("how", "")).strip(),
        not_checked=str(entry.get("not_checked", "")).strip(),
        decisions=tuple(map(str, decisions)),
    )


def _decisions(source: Source) -> set[str]:
    entries = source.value.get("decisions")
    listed = entries if isinstance(entries, list) else []
    return {str(entry.get("id")) for entry in listed if isinstance(entry, dict)}
