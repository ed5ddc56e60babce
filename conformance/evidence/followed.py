"""Items that were followed: what a request did to one, and what others then showed of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.bodies.body import BodyError, read
from ...spec.documents.pointers import lookup
from ...spec.model.resource import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.model.operation import Operation
    from ...spec.model.resource import Resource
    from ..records.record import Record
    from .evidence import Evidence

_ACCEPTED = 202
"""The status of a request that is done later."""
Names: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """An item after a request, which is `by`, about it.

    `seen` is the response that shows the item, or should show it, and `item` is the item there,
    None if there is none. `before` is the item before the request, None if that is not known, and
    `sent` has the members that the request gave it. `pages` counts the pages that were searched.
    """

    by: Record
    resource: Resource
    key: str
    seen: Record
    item: Any
    before: Any
    sent: Mapping[str, Any]
    pages: int = 0

    @property
    def record(self) -> Record:
        """The exchange that shows it."""
        return self.seen


@dataclass(slots=True)
class _List:
    """What is known of the items of one list, by key, while its exchanges are read in order."""

    operation: Operation
    rows: dict[str, Any] = field(default_factory=dict)
    pending: dict[str, Followed] = field(default_factory=dict)
    shown: dict[str, list[Followed]] = field(default_factory=dict)
    pages: dict[int, set[int]] = field(default_factory=dict)
    cursor: str | None = ""
    """That of the page after those that were read, None if it was the last one."""
    read: int = 0
    """How many pages were read from cursor to cursor."""

    def page(self, record: Record) -> Iterator[Followed]:
        """Take in a page of the list, and yield what it shows of items that are followed."""
        is_whole = len(record.reading.collection) == len(self.operation.path_names)
        if not record.is_success or record.items is None or not is_whole:
            return
        count, is_last = self._next(record) if self.operation.cursors else self._numbered(record)
        for key, item in zip(map(str, record.keys), record.items or (), strict=True):
            if (waiting := self.pending.pop(key, None)) is not None:
                yield _seen(waiting, record, item, count)
            for each in self.shown.pop(key, ()):
                if each.before == item:
                    yield each
            self.rows[key] = item
        if is_last:
            for waiting in self.pending.values():
                yield _seen(waiting, record, None, count)
            self.pending.clear()

    def _numbered(self, record: Record) -> tuple[int, bool]:
        """Return how many pages were read since the last change, and whether they are all."""
        total, size = record.total, record.reading.size
        read = self.pages.setdefault(size or 0, set())
        read.add(record.reading.first_row)
        return len(read), bool(size) and total is not None and len(read) >= -(-total // (size or 1))

    def _next(self, record: Record) -> tuple[int, bool]:
        """Return the same of pages that lead to each other."""
        cursors = self.operation.cursors
        named = cursors.cursor.name if cursors and cursors.cursor else ""
        sent = record.reading.values.get(named)
        if cursors is None or (sent is not None and str(sent) != self.cursor):
            return self.read, False
        self.read = 1 if sent is None else self.read + 1
        self.cursor = cursors.next_of(record.body)
        return self.read, self.cursor is None

    def item(self, record: Record, resource: Resource) -> Iterator[Followed]:
        """Take in a response about one item, and yield what it shows if that is followed."""
        key = key_of(record, resource, self.operation)
        if record.reading.is_invalid or key is None:
            return
        if resource.action is Action.SHOW:
            yield from self._show(record, resource, key)
        elif record.is_success and record.status != _ACCEPTED and not _is_unstored(record):
            self._write(record, resource, key)

    def _show(self, record: Record, resource: Resource, key: str) -> Iterator[Followed]:
        item = lookup(record.body, resource.item) if record.is_success else None
        if (waiting := self.pending.pop(key, None)) is not None:
            yield _seen(waiting, record, item, 0)
        elif item is not None and key in self.rows:
            found = Followed(record, resource, key, record, item, self.rows[key], {})
            self.shown.setdefault(key, []).append(found)

    def _write(self, record: Record, resource: Resource, key: str) -> None:
        before, sent = self.rows.pop(key, None), _sent(record)
        self.pending[key] = Followed(record, resource, key, record, None, before, sent)
        self.shown.pop(key, None)
        self.pages.clear()
        self.cursor = ""


def followed(evidence: Evidence) -> list[Followed]:
    """Return what was seen of items after each request about them.

    Of a response that shows an item, `before` is its row in the list, if that was the same before
    and after.
    """
    lists: dict[tuple[str, Names], _List] = {}
    found: list[Followed] = []
    named = {op.resource.list for op in evidence.contract.operations if op.resource}
    if not named or not evidence.is_one_run:
        return []
    for record in sorted((*evidence.records, *evidence.apart), key=lambda each: each.number):
        resource, of = record.operation.resource, record.operation
        if record.response is None or record.exchange.request.method != of.method:
            continue
        if resource is not None:
            of = evidence.contract.operation(resource.list)
        if of.id in named:
            names = tuple(str(record.reading.values.get(each.name)) for each in of.located("path"))
            known = lists.setdefault((of.id, names), _List(of))
            found += known.page(record) if resource is None else known.item(record, resource)
    return found


def _seen(waiting: Followed, record: Record, item: Any, pages: int) -> Followed:
    before, sent = waiting.before, waiting.sent
    return Followed(waiting.by, waiting.resource, waiting.key, record, item, before, sent, pages)


def key_of(record: Record, resource: Resource, of: Operation) -> str | None:
    """Return the key of the item of a request: of its path, its response, or its body.

    `of` is the operation that lists the items.
    """
    if resource.key is not None:
        return str(record.reading.values.get(resource.key))
    paging = of.listing
    places = (lookup(record.body, resource.item), _sent(record))
    keys = (paging.key_of(each) for each in places) if paging else ()
    return next((str(key) for key in keys if key is not None), None)


def _sent(record: Record) -> Mapping[str, Any]:
    """Return the members of the body of a request, {} if it has none."""
    request, body = record.exchange.request, record.operation.body
    content_type = next((v for n, v in request.headers if n.lower() == "content-type"), "")
    media = body.media_for(content_type) if body and request.body else None
    if media is None:
        return {}
    try:
        value = read(media, content_type, request.body).value
    except (BodyError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_unstored(record: Record) -> bool:
    """Whether a response says in a header Warning that something else than its status happened."""
    return record.response is not None and record.response.header("Warning") is not None
