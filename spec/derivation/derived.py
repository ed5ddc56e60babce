"""Requirements that are derived from what a contract declares, and the links to them.

A contract with neither a register of its own nor a link to a requirement gets a register that is
made here, from `derived.yaml`. If it has a register, the requirements in it that no element is
linked to are linked to all elements that their aspects fit.
"""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..documents import files
from ..links import Link
from ..register import UNTIED, CheckedBy, Ground, Level, Register, Requirement, Section, load
from .elements import Element, elements_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from ..documents.source import Source

_TABLE = Path(__file__).parent.with_name("derived.yaml")
_SCHEMA = Path(__file__).parent.with_name("derived.schema.yaml")
_NAME = re.compile(r"\{([^{}]*)\}")
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST_NAME = 60
_OF_THE_RUN = {"error.blame", "error.internals"}
"""Aspects of all requests: no element has to be linked to them."""
_REJECTED = {"parameter", "security"}
"""Kinds of elements that a request can be rejected for."""


@dataclass(frozen=True, slots=True)
class Template:
    """A row of the table: what becomes a requirement for the elements that it fits."""

    aspect: str
    level: Level
    title: str
    statement: str
    how: str
    names: tuple[str, ...]
    """What an element must have: what the title names, and what else the row needs."""
    named: str
    """What ids have in place of the name of the element, '' if they have the latter."""

    @property
    def kind(self) -> str:
        """The kind of its elements."""
        return self.aspect.partition(".")[0]

    @property
    def condition(self) -> str:
        """How they are tested."""
        return self.aspect.partition(".")[2]

    def fits(self, element: Element) -> bool:
        """Whether an element has all that the title names."""
        return element.kind == self.kind and element.has(*self.names)

    def place_in(self, element: Element) -> Pointer:
        """Return where an element declares what the requirement is about."""
        return next(
            (element.places[name] for name in self.names if name in element.places), element.place
        )


@cache
def _table() -> tuple[Mapping[str, str], tuple[Template, ...]]:
    value, _ = files.read(_TABLE, _SCHEMA)
    titles = {each["id"]: each["title"] for each in value["sections"]}
    rows = (
        Template(
            each["aspect"],
            Level(each["level"]),
            each["title"],
            each["statement"],
            each["how"],
            (*_NAME.findall(each["title"]), *each.get("needs", ())),
            each.get("named", ""),
        )
        for each in value["requirements"]
    )
    return titles, tuple(rows)


def aspects() -> frozenset[str]:
    """Return every aspect that the table derives a requirement from."""
    return frozenset(template.aspect for template in _table()[1])


def completed(source: Source, register: Register | None) -> tuple[Source, Register]:
    """Return a contract with its links, and its register.

    `register` is its own one. Without one it is the built-in one if the contract has links, and
    else one that is derived from the contract.
    """
    document = source.value
    if register is not None:
        own = register.path.parent == source.path.parent
        return _linked(source, _links_to(document, register) if own else {}), register
    if _has_link(document):
        return source, load()
    links, derived = _derive(source)
    return _linked(source, links), derived


def _has_link(document: Any) -> bool:
    """Whether anything is linked to a requirement; quicker than `Link.under`, without places."""
    ahead = [document]
    while ahead:
        element = ahead.pop()
        if isinstance(element, list):
            ahead += element
        elif isinstance(element, dict):
            if _LINKING & element.keys() and next(Link.under((), element), None) is not None:
                return True
            ahead += [each for each in element.values() if isinstance(each, dict | list)]
    return False


_LINKING = {"x-requirement", "x-validations"}


def _links_to(document: Any, register: Register) -> dict[Pointer, dict[str, str]]:
    """Return the links to the requirements of a register that no element is linked to."""
    linked: set[str] = set()
    for link in Link.under((), document):
        linked.update((link.ids,) if isinstance(link.ids, str) else link.ids.values())
    wanted: dict[str, str] = {}
    for requirement in register:
        for aspect in requirement.aspects if requirement.id not in linked else ():
            wanted.setdefault(aspect, requirement.id)
    links: dict[Pointer, dict[str, str]] = {}
    if wanted.keys() - {UNTIED, *_OF_THE_RUN}:
        for element in elements_of(document):
            own = {
                template.condition: wanted[template.aspect]
                for template in _table()[1]
                if template.aspect in wanted and template.fits(element)
            }
            links.setdefault(element.place, {}).update(own)
    return links


def _derive(source: Source) -> tuple[dict[Pointer, dict[str, str]], Register]:
    sections, templates = _table()
    elements: dict[str, list[Element]] = {}
    for element in elements_of(source.value):
        elements.setdefault(element.kind, []).append(element)
    rejects = any(
        template.fits(element)
        for template in templates
        for element in elements.get(template.kind, ())
        if template.kind in _REJECTED
    )
    run = Element("error", (), "", {"rejects": rejects})
    ids: dict[tuple[str, str], str] = {}
    taken: Counter[str] = Counter()
    links: dict[Pointer, dict[str, str]] = {}
    found: dict[str, Requirement] = {}
    for template in templates:
        is_of_run = template.aspect in _OF_THE_RUN
        for element in (run,) if is_of_run else elements.get(template.kind, ()):
            if not template.fits(element):
                continue
            title = _filled(template.title, element)
            if (id_ := ids.get((template.aspect, title))) is None:
                id_ = ids[template.aspect, title] = _id(template, element, taken)
                found[id_] = _requirement(source, template, element, id_, title)
            if not is_of_run:
                links.setdefault(element.place, {}).setdefault(template.condition, id_)
    used = {each.section for each in found.values()}
    title = str(source.value.get("info", {}).get("title", ""))
    register = Register(
        source.path,
        found,
        {id_: Section(id_, name, title) for id_, name in sections.items() if id_ in used},
        {},
        is_derived=True,
    )
    return links, register


def _id(template: Template, element: Element, taken: Counter[str]) -> str:
    name = str(element.words[template.named]) if template.named else element.name
    name = name if _NAME.search(template.title) else ""
    parts = [template.kind, *([_slug(name)] if name else []), template.condition]
    id_ = ".".join(parts)
    taken[id_] += 1
    return id_ if taken[id_] == 1 else f"{id_}-{taken[id_]}"


def _slug(name: str) -> str:
    return _NOT_IN_IDS.sub("-", name)[:_LONGEST_NAME].strip("-.") or "unnamed"


def _filled(text: str, element: Element) -> str:
    return _NAME.sub(lambda name: str(element.words.get(name[1], name[0])), text)


def _requirement(
    source: Source, template: Template, element: Element, id_: str, title: str
) -> Requirement:
    place = template.place_in(element)
    problem = source.problem(place, "")
    where = f"{Path(problem.file).name}, line {problem.line}"
    return Requirement(
        id=id_,
        level=template.level,
        title=title,
        section=template.kind,
        document=where,
        ground=Ground.STATED if element.place else Ground.DECIDED,
        quote="",
        statement=_filled(template.statement, element),
        checked_by=CheckedBy.RULE,
        aspects=(template.aspect,),
        how=_filled(template.how, element),
        not_checked="",
        decisions=(),
        line=problem.line,
        place=place,
    )


def _linked(source: Source, links: Mapping[Pointer, Mapping[str, str]]) -> Source:
    """Return a source with more links; its elements keep their lines."""
    if not any(links.values()):
        return source
    root = dict(source.value)
    copies = {id(root)}
    for place, ids in links.items():
        if not ids:
            continue
        element: Any = root
        for part in place:
            key = int(part) if isinstance(element, list) else part
            if id(element[key]) not in copies:
                element[key] = copy(element[key])
                copies.add(id(element[key]))
            element = element[key]
        own = element.get("x-requirement", {})
        if isinstance(own, dict):
            element["x-requirement"] = {**ids, **own}
    found = copy(source)
    found.value = root
    return found
