"""What differs between the parameters of two operations, and the headers of two responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....spec import path_templates
from ....spec.documents.pointers import get
from ....spec.schemas.writer import Direction
from .change import Where
from .found import Both, Element, Found, others, schemas
from .schemas import SchemaPair

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....spec.model.operation import Operation
    from ....spec.model.selecting import Sorting
    from ....spec.parameters import Parameter

_SELECTING = ("x-filter", "x-search")
_KNOWN = {*_SELECTING, "x-sort", "x-unknown", "x-requirement"}


def parameters(both: Both, old: Operation, new: Operation) -> Iterator[Found]:
    """Yield what changed in the parameters of an operation."""
    was, now = _keyed(old), _keyed(new)
    documents = both.old.document, both.new.document
    for key in {**was, **now}:
        one, other = was.get(key), now.get(key)
        about = one or other
        if about is None:
            continue
        where = Where(old, new, "parameter", f"{about.location} {about.name}")
        at = Element(where, one.place if one else old.place, other.place if other else new.place)
        if one is None or other is None:
            yield at.found(_one_sided(about, is_new=one is None))
        else:
            if one.name != other.name and about.location == "path":
                yield at.member("parameter.renamed", "name", one.name, other.name)
            if one.required != other.required:
                yield at.member(
                    f"parameter.{'required' if other.required else 'optional'}", "required"
                )
            if one.may_be_empty != other.may_be_empty:
                kind = "mayBeEmpty" if other.may_be_empty else "mayNotBeEmpty"
                yield at.member(f"parameter.{kind}", "allowEmptyValue")
            yield from _style(at, documents, one, other)
            yield from others(at, both, _KNOWN)
            if not _is_listed(one, other):
                yield from _schema(at, both, one, other)
        raw = [
            get(document, each.place) if each else {}
            for document, each in zip(documents, (one, other), strict=True)
        ]
        yield from _extensions(at, *raw)
    yield from _sorting(old, new)


def _one_sided(parameter: Parameter, *, is_new: bool) -> str:
    """Return the kind of change of a parameter that only one operation has."""
    if is_new:
        return f"parameter.added.{'required' if parameter.required else 'optional'}"
    is_ignored = parameter.location in {"header", "cookie"}
    return "parameter.removed.ignored" if is_ignored else "parameter.removed"


def _keyed(operation: Operation) -> dict[tuple[str, str], Parameter]:
    """Return the parameters by what identifies them; those of a path by their order in it."""
    names = path_templates.names(operation.path)
    found = {}
    for each in operation.parameters:
        name = each.name.lower() if each.location == "header" else each.name
        if each.location == "path" and each.name in names:
            name = str(names.index(each.name))
        found[each.location, name] = each
    return found


def _style(
    at: Element, documents: tuple[Mapping[str, Any], ...], old: Parameter, new: Parameter
) -> Iterator[Found]:
    words = [
        _written(get(document, each.place), each)
        for document, each in zip(documents, (old, new), strict=True)
    ]
    if words[0] != words[1]:
        listed = "array" in new.serialization.shape.kinds and old.serialization.shape.is_plain
        kind = "parameter.listed" if listed else "parameter.style.changed"
        yield at.member(kind, "style", *words)


def _is_listed(old: Parameter, new: Parameter) -> bool:
    """Whether a value became an array: the one value that was sent is its only element."""
    return old.serialization.shape.is_plain and new.serialization.shape.kinds == {"array"}


def _written(raw: Mapping[str, Any], parameter: Parameter) -> str:
    """Return in words how values are written, as far as it can be seen in them."""
    if parameter.serialization.json:
        return "JSON"
    is_form = parameter.location in {"query", "cookie"}
    style = str(raw.get("style", "form" if is_form else "simple"))
    shape = parameter.serialization.shape
    if shape.is_plain and "array" not in shape.kinds:
        return style if parameter.location == "path" else "plain text"
    return f"{style}, exploded" if parameter.serialization.explode else style


def _extensions(at: Element, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Found]:
    for name in _SELECTING:
        was, now = old.get(name), new.get(name)
        if was != now:
            event = "added" if was is None else "removed" if now is None else "changed"
            yield at.member(f"{name}.{event}", name, was, now)
    if (was := old.get("x-unknown")) != (now := new.get("x-unknown")) and old and new:
        yield at.member("x-unknown.changed", "x-unknown", was or "nothing", now or "nothing")


def _sorting(old: Operation, new: Operation) -> Iterator[Found]:
    was, now = old.sorting, new.sorting
    either = was or now
    if either is None:
        return
    places = (
        each.parameter(s.parameter).place if s else each.place
        for each, s in ((old, was), (new, now))
    )
    old_place, new_place = places
    at = Element(Where(old, new, "parameter", f"query {either.parameter}"), old_place, new_place)
    if was is None or now is None:
        yield at.found(f"x-sort.{'added' if was is None else 'removed'}")
        return
    for name in {**was.members, **now.members}:
        if name not in now.members:
            yield at.found("x-sort.memberRemoved", name)
        elif name not in was.members:
            yield at.found("x-sort.memberAdded", name)
        elif _member(was, name) != _member(now, name):
            yield at.found("x-sort.changed", name, _member(was, name), _member(now, name))
    words = [f"{each.order}: {', '.join(map(str, each.downwards))}" for each in (was, now)]
    if words[0] != words[1]:
        yield at.found("x-sort.changed", "order", *words)


def _member(sorting: Sorting, name: str) -> str:
    member = sorting.members[name]
    return f"/{'/'.join(member.place)}{', downwards' if member.descending else ''}"


def header(
    both: Both, at: Element, old: Parameter | None, new: Parameter | None
) -> Iterator[Found]:
    """Yield what changed in a header of a response."""
    at = at._replace(
        old=old.place if old else at.old,
        new=new.place if new else at.new,
        direction=Direction.RESPONSE,
    )
    if old is None or new is None:
        if old is not None:
            kind = "required" if old.required else "optional"
            yield at.found(f"header.removed.{kind}")
        else:
            yield at.found("header.added")
        return
    if old.required != new.required:
        yield at.member(f"header.{'required' if new.required else 'optional'}", "required")
    yield from others(at, both, {"x-requirement"})
    yield from _schema(at, both, old, new)


def _schema(at: Element, both: Both, old: Parameter, new: Parameter) -> Iterator[Found]:
    is_text = not (old.serialization.json or new.serialization.json)
    places = (old.compiled.place,), (new.compiled.place,)
    pair = SchemaPair(*places, is_optional=not (old.required or new.required))
    yield from schemas(at, both, pair, is_text=is_text)
