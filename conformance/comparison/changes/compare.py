"""All changes from one contract to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ....spec.contract import base_paths
from ....spec.documents.pointers import get, join
from ....spec.links import Link
from ....spec.schemas.writer import Direction
from .change import Change, Location, Where, by_effect
from .found import Both, Element, members, others
from .kinds import table
from .operations import OperationComparison, pairs
from .schemas import SchemaComparison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from .found import Found

_MEMBERS = {"info", "servers", "paths", "components", "security", "openapi", "webhooks"}


def changes(old: Contract, new: Contract) -> list[Change]:
    """Return the changes from one contract to another: breaking ones first, then in their order.

    A change of a schema that several operations share is one change.
    """
    found: dict[tuple[object, ...], Change] = {}
    for each in _found(old, new):
        change = _change(old, new, each)
        key = (change.kind, change.direction, change.old, change.new, change.message)
        first = found.setdefault(key, change)
        label = change.where.operation
        if first is not change and label not in {first.where.operation, *first.others}:
            found[key] = replace(first, elsewhere=(*first.elsewhere, change.where))
    return by_effect(found.values())


def _change(old: Contract, new: Contract, found: Found) -> Change:
    difference, where, direction = found
    kind = table().kinds[difference.kind]
    words = {"name": difference.name, "old": difference.old, "new": difference.new}
    is_one_sided = kind.request is not kind.response
    at = Where(where.old, where.new, where.part, where.name, where.status, difference.at)
    return Change(
        kind=kind.id,
        effect=kind.effect(direction),
        direction="request" if direction is Direction.REQUEST else "response",
        where=at,
        message=kind.text.format(**words),
        old=_location(old, difference.old_place),
        new=_location(new, difference.new_place),
        searched=kind.searched or (difference.is_exclusive and is_one_sided),
    )


def _location(contract: Contract, place: Pointer) -> Location:
    problem = contract.source.problem(place, "")
    return Location(problem.file, problem.line, join(place))


def _found(old: Contract, new: Contract) -> Iterator[Found]:
    whole = Element(Where(), (), ())
    yield from _servers(whole, old, new)
    documents = old.document, new.document
    both = Both(old, new, SchemaComparison(old, new))
    yield from others(whole, both, _MEMBERS)
    if all("info" in each for each in documents):
        yield from others(Element(Where(), ("info",), ("info",)), both, ())
    if documents[0].get("webhooks") != documents[1].get("webhooks"):
        yield whole.member("webhooks.changed", "webhooks")
    comparison = OperationComparison(both)
    in_both = 0
    for was, now in pairs(old, new):
        in_both += was is not None and now is not None
        yield from comparison.differences(was, now)
    if in_both:
        yield from _errors(old, new)
    yield from _requirements(old, new)


def _servers(whole: Element, old: Contract, new: Contract) -> Iterator[Found]:
    at = whole._replace(old=("servers",), new=("servers",))
    if old.base_path not in base_paths(new.document) and not _same_paths(old, new):
        yield at.found("server.path.changed", "", old.base_path or "/", new.base_path or "/")
    urls = [
        [str(each.get("url", "")) for each in contract.document.get("servers") or ()]
        for contract in (old, new)
    ]
    yield from (at.found("server.removed", old=url) for url in urls[0] if url not in urls[1])
    yield from (at.found("server.added", new=url) for url in urls[1] if url not in urls[0])


def _same_paths(old: Contract, new: Contract) -> bool:
    """Whether all operations are where they were, as the base path moved into their paths."""
    return all(
        one is None or other is None or old.base_path + one.path == new.base_path + other.path
        for one, other in pairs(old, new)
    )


def _errors(old: Contract, new: Contract) -> Iterator[Found]:
    was, now = (
        (*each.error.schema.place, "x-error-code") if each.error else ("components",)
        for each in (old, new)
    )
    at = Element(Where(), was, now, Direction.RESPONSE)
    forms = (
        get(each.document, place) if each.error else None
        for each, place in ((old, was), (new, now))
    )
    yield from members("x-error-code", at, *forms)


def _requirements(old: Contract, new: Contract) -> Iterator[Found]:
    """Yield what changed in the requirements of the elements that both contracts have.

    Those of a law, and those that went with their element, are part of another change.
    """
    if old.register.is_derived or new.register.is_derived:
        return
    was, now = _linked(old), _linked(new)
    for id_, place in was.items():
        if id_ not in now and _exists(new, place):
            at = Element(Where(), place, place)
            yield at.found("requirement.removed", old=id_)
        elif id_ in now and old.register[id_].level is not new.register[id_].level:
            levels = old.register[id_].level, new.register[id_].level
            yield Element(Where(), place, now[id_]).found("requirement.level", id_, *levels)
    for id_, place in now.items():
        if id_ not in was and _exists(old, place):
            yield Element(Where(), place, place).found("requirement.added", new=id_)


def _linked(contract: Contract) -> dict[str, Pointer]:
    """Return the requirements that elements are linked to, each with the place of the first one."""
    found: dict[str, Pointer] = {}
    for link in Link.under((), contract.document):
        ids = (link.ids,) if isinstance(link.ids, str) else link.ids.values()
        if "x-validations" not in link.place:
            for id_ in ids:
                if id_ in contract.register:
                    found.setdefault(id_, link.place[:-1])
    return found


def _exists(contract: Contract, place: Pointer) -> bool:
    try:
        get(contract.document, place)
    except LookupError:
        return False
    return True
