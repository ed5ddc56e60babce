"""What differs between two operations, and between the operations of two contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.bodies.body import FORM, MULTIPART, concrete
from ....spec.documents.pointers import follow
from ....spec.model.media import essence
from ....spec.path_templates import nameless
from ....spec.schemas.writer import Direction
from .change import Where
from .found import Both, Element, Found, members, others, schemas
from .parameters import header, parameters
from .schemas import SchemaPair
from .security import place_of, security

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.model.media import DeclaredResponse, Media, RequestBody
    from ....spec.model.operation import Operation

    _Content: TypeAlias = RequestBody | DeclaredResponse

_OURS = {"x-pagination", "x-resource", "x-required-headers", "x-requirement"}
_KNOWN = _OURS | {"deprecated"}
_ONLY_IF_ASKED = {"206", "304"}
"""Statuses for clients that send the headers of ranges and of conditional requests."""
_TEXTS = {FORM, MULTIPART, "text/plain"}
"""The media types whose plain values are texts."""


def pairs(old: Contract, new: Contract) -> Iterator[tuple[Operation | None, Operation | None]]:
    """Yield the operations of both contracts in pairs; None stands for one that is missing.

    Two operations are the same if they have a method and a path in common, whatever the names of
    the parameters in it, and wherever the base path ends.
    """
    exactly = {_key(each, new.base_path): each for each in reversed(new.operations)}
    below = {_key(each): each for each in reversed(new.operations)}
    left = dict.fromkeys(each.place for each in new.operations)
    for each in old.operations:
        found = exactly.get(_key(each, old.base_path)) or below.get(_key(each))
        if found is not None and found.place in left:
            del left[found.place]
            yield each, found
        else:
            yield each, None
    for each in new.operations:
        if each.place in left:
            yield None, each


def _key(operation: Operation, base_path: str = "") -> tuple[str, str]:
    return operation.method, base_path + nameless(operation.path)


class OperationComparison:
    """Compares the operations of two contracts."""

    def __init__(self, both: Both) -> None:
        self._both = both

    def differences(self, old: Operation | None, new: Operation | None) -> Iterator[Found]:
        """Yield the differences between two operations, of which one may be missing."""
        where = Where(old, new, "operation")
        if old is None or new is None:
            place = (new or old).place  # type: ignore[union-attr]
            kind = f"operation.{'added' if old is None else 'removed'}"
            yield Element(where, place, place).found(kind)
            return
        whole = Element(where, old.place, new.place)
        yield from self._itself(whole, old, new)
        yield from parameters(self._both, old, new)
        yield from self._body(where, old, new)
        yield from self._responses(where, old, new)
        at = replace(where, part="security")
        places = place_of(self._both.old, old), place_of(self._both.new, new)
        yield from security(Element(at, *places), self._both.old, self._both.new)

    def _itself(self, whole: Element, old: Operation, new: Operation) -> Iterator[Found]:
        was, now = self._both.raw(old.place, new.place)
        ids = [each.get("operationId") for each in (was, now)]
        if ids[0] != ids[1]:
            yield whole.member("operation.renamed", "operationId", *(id_ or "none" for id_ in ids))
        if was.get("deprecated", False) != now.get("deprecated", False):
            kind = "deprecated" if now.get("deprecated") else "reinstated"
            yield whole.member(f"operation.{kind}", "deprecated")
        if unread := old.unserved or new.unserved:
            yield whole.found("operation.unread", new=unread)
        for name in ("callbacks", "servers"):
            if was.get(name) != now.get(name):
                yield whole.member(f"operation.{name}.changed", name)
        yield from others(whole, self._both, _KNOWN)
        for name in ("x-pagination", "x-resource"):
            inside = whole._replace(
                old=_inside(was, old.place, name), new=_inside(now, new.place, name)
            )
            yield from members(name, inside, was.get(name), now.get(name))
        yield from self._required_headers(whole, old, new)

    def _required_headers(self, whole: Element, old: Operation, new: Operation) -> Iterator[Found]:
        was, now = ({h.name.lower(): h for h in each.required_headers} for each in (old, new))
        for key in {**was, **now}:
            header_ = was.get(key) or now[key]
            values = [each[key].value if key in each else "" for each in (was, now)]
            if values[0] != values[1]:
                event = "added" if not values[0] else "removed" if not values[1] else "changed"
                where = replace(whole.where, part="requiredHeader", name=header_.name)
                inside = (*old.place, "x-required-headers"), (*new.place, "x-required-headers")
                yield Element(where, *inside).member(
                    f"x-required-headers.{event}", header_.name, *values
                )

    def _body(self, where: Where, old: Operation, new: Operation) -> Iterator[Found]:
        where = replace(where, part="body")
        was, now = _body_place(self._both.old, old), _body_place(self._both.new, new)
        whole = Element(where, was, now)
        if old.body is None or new.body is None:
            if (body := new.body) is not None:
                yield whole.found(f"body.added.{'required' if body.required else 'optional'}")
            elif old.body is not None:
                yield whole.found("body.removed")
            return
        if old.body.required != new.body.required:
            yield whole.found(f"body.{'required' if new.body.required else 'optional'}")
        yield from self._media(whole, old.body, new.body)

    def _responses(self, where: Where, old: Operation, new: Operation) -> Iterator[Found]:
        for status, was in old.responses.items():
            now = new.responses.get(status) or _covering(new, status)
            at = replace(where, status=status)
            if now is None and _has_some_of(new, status):
                # Each that is left is compared with what the range says.
                yield self._status(at, was, None).found("status.removed.other")
            else:
                yield from self._response(at, was, now)
        for status, now_ in new.responses.items():
            if status not in old.responses:
                yield from self._response(
                    replace(where, status=status), _covering(old, status), now_
                )

    def _status(
        self, where: Where, old: DeclaredResponse | None, new: DeclaredResponse | None
    ) -> Element:
        was, now = (
            each.place if each else (*of.place, "responses") if of else ()
            for each, of in ((old, where.old), (new, where.new))
        )
        return Element(replace(where, part="status"), was, now, Direction.RESPONSE)

    def _response(
        self, where: Where, old: DeclaredResponse | None, new: DeclaredResponse | None
    ) -> Iterator[Found]:
        whole = self._status(where, old, new)
        if old is None or new is None:
            event = "added" if old is None else "removed"
            yield whole.found(f"status.{event}.{_class_of(where.status)}")
            return
        yield from others(whole, self._both, {"content", "headers"})
        yield from self._media(whole, old, new)
        names = {name.lower(): name for name in (*old.headers, *new.headers)}
        for key, name in names.items():
            at = whole._replace(where=replace(where, part="header", name=name))
            declared = ({n.lower(): h for n, h in e.headers.items()}.get(key) for e in (old, new))
            yield from header(self._both, at, *declared)

    def _media(self, whole: Element, old: _Content, new: _Content) -> Iterator[Found]:
        is_request = whole.direction is Direction.REQUEST
        parts = ("body", "bodyMedia") if is_request else ("response", "media")
        is_single = len(old.media) == len(new.media) == 1
        for name in {**old.media, **new.media}:
            was, now = (e.media.get(name) or e.media_for(essence(name)) for e in (old, new))
            about = replace(whole.where, part=parts[1], name=name)
            at = Element(
                about,
                (*whole.old, "content", *([was.type] if was else [])),
                (*whole.new, "content", *([now.type] if now else [])),
                whole.direction,
            )
            if was is None or now is None:
                yield at.found(f"media.{'added' if was is None else 'removed'}")
                continue
            raw = self._both.raw(at.old, at.new)
            for member in ("encoding", "itemSchema"):
                if raw[0].get(member) != raw[1].get(member):
                    yield at.member(f"media.{member}.changed", member)
            yield from others(at, self._both, ())
            inside = at._replace(
                where=replace(about, part=parts[0], name="" if is_single else name)
            )
            yield from self._schema(inside, was, now)

    def _schema(self, at: Element, old: Media, new: Media) -> Iterator[Found]:
        was, now = self._both.raw(at.old, at.new)
        unread = [m.schema is None and "schema" in raw for m, raw in ((old, was), (new, now))]
        if any(unread):
            yield at.found("schema.unread")
        elif old.schema is None or new.schema is None:
            if old.schema is not new.schema:
                yield at.found(f"schema.{'added' if old.schema is None else 'removed'}")
        else:
            is_text = {concrete(old), concrete(new)} <= _TEXTS
            pair = SchemaPair((old.schema.place,), (new.schema.place,))
            yield from schemas(at, self._both, pair, is_text=is_text)


def _body_place(contract: Contract, operation: Operation) -> Pointer:
    """Return the place of the request body of an operation, or of the operation without one."""
    if operation.body is None:
        return operation.place
    return follow(contract.document, (*operation.place, "requestBody"))[0]


def _inside(element: Mapping[str, Any], place: Pointer, name: str) -> Pointer:
    return (*place, name) if name in element else place


def _class_of(status: str) -> str:
    """Return what a status means to clients that do not expect it, as kinds of changes say it."""
    if status in _ONLY_IF_ASKED:
        return "other"
    return {"2": "success", "3": "redirect"}.get(status[:1], "other")


def _has_some_of(operation: Operation, status: str) -> bool:
    """Whether an operation declares some statuses of a range such as 2XX."""
    declared = operation.responses
    return status[1:] == "XX" and any(each[:1] == status[0] for each in declared)


def _covering(operation: Operation, status: str) -> DeclaredResponse | None:
    """Return what an operation declares for a status that it does not name."""
    if status.isdecimal():
        return operation.response_for(int(status))
    return operation.responses.get("default") if status != "default" else None
