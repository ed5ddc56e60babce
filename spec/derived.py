"""Requirements that are derived from what a contract declares, and the links to them.

A contract with neither a register of its own nor a link to a requirement gets a register that is
made here, from `derived.yaml`. If it has a register, the requirements in it that no element is
linked to are linked to all elements that their aspects fit.
"""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .describing import MOST_NAMES, joined
from .documents import files
from .documents.source import BrokenReferenceError, follow, get
from .parameters.serialization import schema_place
from .reading.places import operation_places, parameter_places
from .register import UNTIED, CheckedBy, Ground, Level, Link, Register, Requirement, Section, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .documents.source import Pointer, Source

_TABLE = Path(__file__).with_name("derived.yaml")
_SCHEMA = Path(__file__).with_name("derived.schema.yaml")
_NAME = re.compile(r"\{([^{}]*)\}")
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.]+")
_READING = {"get", "head"}
_OF_THE_RUN = {"error.blame", "error.internals"}
"""Aspects of all requests: no element has to be linked to them."""
_SKIPPED_BY_READER = (LookupError, ValueError, TypeError, AttributeError, BrokenReferenceError)


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a contract: its kind, its place, its name in ids, and what texts may name.

    `places` has where some of these names are declared.
    """

    kind: str
    place: Pointer
    name: str
    words: Mapping[str, Any]
    places: Mapping[str, Pointer] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether it has something of all these names."""
        return all(self.words.get(name) not in {None, False, ""} for name in names)


@dataclass(frozen=True, slots=True)
class Template:
    """A row of the table: what becomes a requirement for the elements that it fits."""

    aspect: str
    level: Level
    title: str
    statement: str
    how: str
    needs: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The kind of its elements."""
        return self.aspect.partition(".")[0]

    @property
    def condition(self) -> str:
        """How they are tested."""
        return self.aspect.partition(".")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """What an element must have."""
        return (*_NAME.findall(self.title), *self.needs)

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
            tuple(each.get("needs", ())),
        )
        for each in value["requirements"]
    )
    return titles, tuple(rows)


ASPECTS = frozenset(template.aspect for template in _table()[1])
"""Every aspect that the table derives a requirement from."""


def completed(source: Source, register: Register | None) -> tuple[Source, Register]:
    """Return a contract with its links, and its register.

    `register` is its own one. Without one it is the built-in one if the contract has links, and
    else one that is derived from the contract.
    """
    document = source.value
    if register is not None:
        own = register.path.parent == source.path.parent
        return _linked(source, _links_to(document, register) if own else {}), register
    if next(Link.under((), document), None) is not None:
        return source, load()
    links, derived = _derive(source)
    return _linked(source, links), derived


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
    elements = list(elements_of(source.value))
    rejects = any(
        template.kind in {"parameter", "security"} and template.fits(element)
        for element in elements
        for template in templates
    )
    run = Element("error", (), "", {"rejects": rejects})
    ids: dict[tuple[str, str], str] = {}
    taken: Counter[str] = Counter()
    links: dict[Pointer, dict[str, str]] = {}
    found: dict[str, Requirement] = {}
    for template in templates:
        is_of_run = template.aspect in _OF_THE_RUN
        for element in (run,) if is_of_run else elements:
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
    name = element.name if _NAME.search(template.title) else ""
    parts = [template.kind, *([_slug(name)] if name else []), template.condition]
    id_ = ".".join(parts)
    taken[id_] += 1
    return id_ if taken[id_] == 1 else f"{id_}-{taken[id_]}"


def _slug(name: str) -> str:
    return _NOT_IN_IDS.sub("-", name).strip("-") or "unnamed"


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


def elements_of(document: Any) -> Iterator[Element]:
    """Yield every element that can be linked to a requirement, once for each operation it is in.

    What cannot be read is left out: its mistakes are reported where it is read.
    """
    for place in operation_places(document):
        yield from _of_operation(document, place)
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        if isinstance(schema, dict) and "x-error-code" in schema:
            place = ("components", "schemas", name, "x-error-code")
            yield Element("error", place, name, {})
            break


def _of_operation(document: Any, place: Pointer) -> Iterator[Element]:
    raw = get(document, place)
    _, path, method = place
    paging = raw.get("x-pagination")
    paging = paging if isinstance(paging, dict) else {}
    about = {"pagination": bool(paging), "named": "{" in path}
    yield Element(
        "operation",
        place,
        str(raw.get("operationId") or f"{method} {path}"),
        {
            "method": method.upper(),
            "path": path,
            "reads": method in _READING,
            **about,
            **_success(document, place, raw),
        },
        {"media": (*place, "responses")},
    )
    for header, content in raw.get("x-required-headers", {}).items():
        if isinstance(content, dict):
            words = {"name": header, "value": content.get("value")}
            yield Element("header", (*place, "x-required-headers", header), header, words)
    if isinstance(raw.get("x-resource"), dict):
        yield _resource(document, place, raw["x-resource"])
    yield from _credentials(document, raw, about)
    for start in parameter_places(document, place):
        try:
            at, parameter = follow(document, start)
            yield _parameter(document, at, parameter, paging, about)
        except _SKIPPED_BY_READER:
            continue
    if paging:
        numbered = "page" in paging
        words = {**_nouns(paging), **about, "stable": True, "numbered": numbered}
        words |= {"cursor": "cursor" in paging, "total": numbered or "totalItems" in paging}
        yield Element("pagination", (*place, "x-pagination"), words["rows"], words)


def _resource(document: Any, place: Pointer, raw: Mapping[str, Any]) -> Element:
    """Return the resource of an operation; what it does has a name that the table can ask for."""
    action = "change" if raw.get("action") == "replace" else str(raw.get("action"))
    lists = (get(document, at) for at in operation_places(document))
    of = next((each for each in lists if each.get("operationId") == raw.get("list")), {})
    row = of.get("x-pagination", {}).get("nouns", {}).get("row", "row")
    words = {"method": place[2].upper(), "path": place[1], "row": row, action: True}
    return Element("resource", (*place, "x-resource"), row, words)


def _nouns(paging: Mapping[str, Any]) -> dict[str, Any]:
    nouns = paging.get("nouns", {})
    return {"row": nouns.get("row", "row"), "rows": nouns.get("rows", "rows")}


def _success(document: Any, place: Pointer, raw: Any) -> dict[str, Any]:
    """Return the media types of the success responses, and whether one is JSON."""
    types: dict[str, None] = {}
    for status in raw.get("responses", {}):
        if status[:1] not in {"2", "3"}:
            continue
        try:
            _, response = follow(document, (*place, "responses", status))
            types |= dict.fromkeys(response.get("content", {}))
        except _SKIPPED_BY_READER:
            continue
    is_json = any(
        re.fullmatch(r"application/(?:.+\+)?json\b.*", each, re.IGNORECASE) for each in types
    )
    return {"media": joined([f"`{each}`" for each in types]) if types else None, "json": is_json}


def _credentials(document: Any, raw: Any, about: Mapping[str, Any]) -> Iterator[Element]:
    """Yield the scheme that the suite uses, unless the operation is open to everybody."""
    alternatives = raw.get("security", document.get("security", []))
    if not isinstance(alternatives, list) or not alternatives or not all(alternatives):
        return
    name = next(iter(alternatives[0]))
    try:
        place, scheme = follow(document, ("components", "securitySchemes", name))
    except _SKIPPED_BY_READER:
        return
    where = f"`{scheme.get('name')}`" if scheme.get("type") == "apiKey" else "`Authorization`"
    yield Element("security", place, name, {"place": where, **about})


def _parameter(
    document: Any, place: Pointer, raw: Any, paging: Mapping[str, Any], about: Mapping[str, Any]
) -> Element:
    at, schema = follow(document, schema_place(raw, place))
    name, location = str(raw["name"]), raw["in"]
    in_query = location == "query"
    words = {
        "name": name,
        "query": in_query,
        "path": location == "path",
        "beside": location != "path",
        "required": raw.get("required") is True,
        "kind": schema.get("type") if schema.get("type") in _PLAIN else None,
        "values": _values(schema),
        "integer": schema.get("type") == "integer",
        "minimum": schema.get("minimum"),
        "maximum": schema.get("maximum"),
        "unknown": raw.get("x-unknown"),
        "selects": "x-filter" in raw or "x-search" in raw,
        "sorts": "x-sort" in raw,
        **_nouns(paging),
        "page": in_query and paging.get("page") == name,
        "size": in_query and paging.get("size") == name,
        **about,
    }
    places = {bound: (*at, bound) for bound in ("minimum", "maximum") if bound in schema}
    places |= {"values": (*at, "enum"), "kind": (*at, "type")}
    places |= {"unknown": (*place, "x-unknown"), "required": (*place, "required")}
    return Element("parameter", place, name, words, places)


_PLAIN = ("integer", "number", "boolean")


def _values(schema: Any) -> str | None:
    """Return the texts that a parameter may have, in words; None unless its schema lists them."""
    values = schema.get("enum") if schema.get("type") == "string" else None
    if not values or not all(isinstance(value, str) for value in values):
        return None
    more = len(values) - MOST_NAMES
    shown = [f"`{value}`" for value in values[:MOST_NAMES]]
    return joined([*shown, *([f"{more} more"] if more > 0 else [])])
