"""Pages: the responses of an operation that returns a list.

A page is validated before it is sent. Items are valid by construction, so usually the envelope is
validated alone, with the number of its items. If the contract says more about the items, or about
the items and the envelope together, each page is validated in full.
"""

from __future__ import annotations

import json
import re
from array import array
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ...spec.documents.source import get, join
from ...spec.model import lookup
from ..response import StubResponse
from ..writing import dumps
from .codes import Codes
from .dataset import Collections, Selection
from .keystream import Draw, digest
from .providers import ProviderError
from .rows import Items
from .shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.source import Pointer
    from ...spec.model import Operation, Pagination
    from ...spec.schemas.laws import Law
    from ...spec.schemas.validation import Node, Schema
    from .codes import CodeForm
    from .dataset import Collection
    from .makers import Compiler, Overrides

_MARK = re.compile('"\ue000([0-9])\ue000"')
MOST_FILTERED = 20_000
"""How many items a list may have for the stub to filter it: every one of them is looked at."""
MOST_BYTES = 32_000_000
"""Bytes of a page, about."""
_FILTERS_KEPT = 64
_KINDS_KEPT = 8192
_LONGEST_KEPT = 200
"""Characters of the values of a request that anything is remembered for."""
_ARRAY = {"type", "items", "description", "title", "nullable", "example"}


class InvalidResponseError(Exception):
    """A response that breaks the contract: a mistake of the stub."""


class PagedList:
    """One operation that returns a list: its envelope, and its items.

    Raises ProviderError if no items can be made for its schema.
    """

    def __init__(
        self, contract: Contract, operation: Operation, compiler: Compiler, seed: bytes
    ) -> None:
        pagination, declared = operation.pagination, operation.success
        media = declared.json if declared else None
        if pagination is None or declared is None or media is None or media.schema is None:
            raise ProviderError("x-pagination needs a success with a JSON schema", operation.place)
        self.pagination: Pagination = pagination
        self._numbers = (pagination.current_page, pagination.total_items, pagination.total_pages)
        self.status = int(declared.status) if declared.status.isdecimal() else 200
        self._content_type = (b"content-type", media.type.encode())
        self._contract, self._compiler = contract, compiler
        self._seed = digest(seed, "list", operation.id)
        self._schema: Schema = media.schema
        self._path = list(self._nodes())
        self._codes = lru_cache(maxsize=None)(self._make_codes)
        self._filters = {p.name: p.filters for p in operation.parameters if p.filters is not None}
        self._selections: dict[Any, tuple[Collection | Selection, Selection]] = {}
        self.items = self.make_items()
        self.collections = Collections(self.items, self._seed)
        envelope = compiler.root(media.schema.place).make(Draw(digest(self._seed, "envelope")))
        self._format, order = self._cut(envelope)
        self._order = itemgetter(*order)
        self._skeleton = self._without_items(envelope)
        self._closed = self._is_closed()
        numbers = {pagination.page.name, pagination.size.name}
        asked = {name for node in self._path for law in _laws(node) for name in law.asks}
        self._reads = sorted(asked - numbers)
        self._problems: dict[tuple[Any, ...], str | None] = {}

    def make_items(self, overrides: Overrides | None = None) -> Items:
        """Return the items of this list, or those that a scenario asks for."""
        element = self._path[-1].element
        if element is None:
            raise ProviderError("x-pagination: the items have no schema", self._path[-1].place)
        return Items(
            self._contract,
            self._compiler,
            place=element,
            key=self.pagination.key,
            seed=digest(self._seed, "items", repr(overrides) if overrides else ""),
            code=self._codes,
            overrides=overrides,
        )

    def _make_codes(self, place: Pointer, form: CodeForm) -> Codes:
        return Codes(form, digest(self._seed, "codes", join(place)))

    def reply(
        self, collection: Collection | Selection, page: int, size: int, request: Mapping[str, Any]
    ) -> StubResponse:
        """Return a page; raise InvalidResponseError if it breaks the contract."""
        total = collection.total
        pages = -(-total // size)
        rows, count = collection.rows((page - 1) * size, size)
        body = self._format % self._order((page, total, pages, rows))
        if self._closed and collection.items.proven:
            # Pages of one kind are judged once. To laws about these numbers they differ in the
            # place of the page in the list, whether it is full, and the magnitude of a number.
            place = (min(page, 3), (pages > page) - (pages < page), count == size)
            lengths = (page.bit_length(), total.bit_length(), pages.bit_length())
            read = repr([request.get(name) for name in self._reads]) if self._reads else ""
            kind = (size, place, lengths, read)
            problem = self._problems.get(kind, "")
            if problem == "":
                problem = self._judge_envelope(page, total, pages, count, request)
                if len(self._problems) >= _KINDS_KEPT:
                    self._problems.clear()
                if len(read) <= _LONGEST_KEPT:
                    self._problems[kind] = problem
        else:
            problem = self._judge(json.loads(body), request)
        if problem is not None:
            raise InvalidResponseError(problem)
        headers = (self._content_type, (b"content-length", b"%d" % len(body)))
        return StubResponse(self.status, headers, body)

    def selected(
        self,
        collection: Collection | Selection,
        names: tuple[str, ...],
        request: Mapping[str, Any],
    ) -> Collection | Selection | None:
        """Return what the filters of a request leave of the list that `names` stand for.

        None if the list has more than MOST_FILTERED items.
        """
        if not self._filters:
            return collection
        wanted = {
            place: request[name]
            for name, place in self._filters.items()
            if request.get(name) is not None
        }
        if not wanted:
            return collection
        if collection.total > MOST_FILTERED:
            return None
        key = (names, repr(wanted))
        of, found = self._selections.get(key, (None, None))
        if found is None or of != collection:
            items = json.loads(b"[%b]" % collection.rows(0, collection.total)[0])
            indexes = array("H", [n for n, item in enumerate(items) if _is_wanted(item, wanted)])
            found = Selection(collection, indexes)
            if len(self._selections) >= _FILTERS_KEPT:
                self._selections.clear()
            if len(key[1]) <= _LONGEST_KEPT:
                self._selections[key] = (collection, found)
        return found

    def _judge(self, value: Any, request: Mapping[str, Any]) -> str | None:
        if self._schema.accepts(value, request):
            return None
        return "; ".join(map(str, self._schema.judge(value, request).violations[:3]))

    def _judge_envelope(
        self, page: int, total: int, pages: int, count: int, request: Mapping[str, Any]
    ) -> str | None:
        """Validate all but the items, which are valid; laws only count them."""
        value = self._skeleton
        self._set_numbers(value, page, total, pages)
        if not self._schema.is_valid(value) and (found := self._schema.violations(value, request)):
            return "; ".join(map(str, found[:3]))
        stand_ins: list[Any] = [None] * count
        items = get(value, self.pagination.items)
        items.extend(stand_ins)
        try:
            element = value
            for node, part in zip(self._path, (*self.pagination.items, ""), strict=True):
                for law, _, broken in node.laws.judge([element], request) if node.laws else ():
                    if broken:
                        return law.explain(element, request)
                element = element[part] if part else element
        finally:
            items.clear()
        return None

    def _set_numbers(self, value: Any, page: int, total: int, pages: int) -> None:
        for place, number in zip(self._numbers, (page, total, pages), strict=True):
            get(value, place[:-1])[place[-1]] = number

    def _without_items(self, envelope: Any) -> Any:
        value = json.loads(dumps(envelope))
        self._set_numbers(value, 1, 0, 0)
        place = self.pagination.items
        if not place:
            raise ProviderError("x-pagination: items has to name a member of the body", ())
        get(value, place[:-1])[place[-1]] = []
        return value

    def _cut(self, envelope: Any) -> tuple[bytes, list[int]]:
        """Return an envelope as a format of bytes, and the order of its slots."""
        value = json.loads(dumps(envelope))
        places = (*self._numbers, self.pagination.items)
        for number, place in enumerate(places):
            mark = f"\ue000{number}\ue000"
            get(value, place[:-1])[place[-1]] = [mark] if number == len(places) - 1 else mark
        pieces = _MARK.split(dumps(value).decode())
        order = [int(slot) for slot in pieces[1::2]]
        fixed = [piece.encode().replace(b"%", b"%%") for piece in pieces[::2]]
        kinds = [b"%b" if slot == len(places) - 1 else b"%d" for slot in order]
        return b"".join(p for pair in zip(fixed, [*kinds, b""], strict=True) for p in pair), order

    def _nodes(self) -> Iterator[Node]:
        """Yield the schemas from the body down to the array of items."""
        schemas = self._contract.schemas
        node = schemas.node(self._schema.place)
        yield node
        for part in self.pagination.items:
            if part not in node.members:
                where = join(self.pagination.items)
                raise ProviderError(f"x-pagination: there is no schema at {where}", node.place)
            node = schemas.node(node.members[part])
            yield node

    def _is_closed(self) -> bool:
        """Whether nothing but the number of the items matters to the rest of a page."""
        document = self._contract.document
        for depth, node in enumerate(self._path[:-1]):
            below = self.pagination.items[depth:]
            if node.also or not Shape.of(document, node.place).is_plain:
                return False
            if not all(_only_counts(law, below) for law in _laws(node)):
                return False
        beside = (node for _, node, _ in self._schema.walk(self._skeleton) if node.laws)
        if any(node not in self._path for node in beside):
            return False
        array = self._path[-1]
        plain = all(word in _ARRAY or word.startswith("x-") for word in array.schema)
        return plain and array.laws is None


def _is_wanted(item: Any, wanted: Mapping[Pointer, Any]) -> bool:
    """Whether an item has the value, or one of the values, that each filter asks for."""
    for place, value in wanted.items():
        found = lookup(item, place)
        if found not in value if isinstance(value, list) else found != value:
            return False
    return True


def _laws(node: Node) -> tuple[Law, ...]:
    return node.laws.laws if node.laws else ()


def _only_counts(law: Law, items: Pointer) -> bool:
    """Whether a law reads nothing of the items but their number."""
    read = (*law.reads, *(counted for counted in law.counts if counted != items))
    return not any(each[: len(items)] == items[: len(each)] for each in read)
