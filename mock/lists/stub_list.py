"""The list of an operation: its items, its collections, and the envelope of its responses."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import get, join
from ..data.codes import Codes
from ..data.dataset import Collections
from ..data.keystream import Draw, digest
from ..data.makers.shapes import Shape
from ..data.providers import ProviderError
from ..data.rows import Items
from ..writing import dumps
from .selections import Selections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.laws.laws import Law
    from ...spec.model.lists import Listing
    from ...spec.model.operation import Operation
    from ...spec.schemas.schemas import Node
    from ...spec.schemas.validation import Schema
    from ..data.codes import CodeForm
    from ..data.makers.compiler import Compiler, Overrides

_MARK = re.compile('"\ue000([0-9])\ue000"')
MOST_BYTES = 32_000_000
"""Bytes of a page, about."""
_ARRAY = {"type", "items", "description", "title", "nullable", "example"}


class InvalidResponseError(Exception):
    """A response that breaks the contract: a mistake of the stub."""


class Envelope:
    """A body without what differs from page to page.

    `slots` are the places, the items last; None is for what a body does not have.
    """

    def __init__(self, value: Any, slots: Sequence[Pointer | None], *, numbers: bool) -> None:
        value = json.loads(dumps(value))
        last = len(slots) - 1
        for number, place in enumerate(slots):
            if place is not None:
                mark = f"\ue000{number}\ue000"
                get(value, place[:-1])[place[-1]] = [mark] if number == last else mark
        pieces = _MARK.split(dumps(value).decode())
        order = [int(slot) for slot in pieces[1::2]]
        fixed = [piece.encode().replace(b"%", b"%%") for piece in pieces[::2]]
        kinds = [b"%d" if numbers and slot < last else b"%b" for slot in order]
        self._format = b"".join(p for pair in zip(fixed, [*kinds, b""], strict=True) for p in pair)
        self._order = itemgetter(*order) if len(order) > 1 else lambda parts: (parts[order[0]],)

    def filled(self, parts: tuple[Any, ...]) -> bytes:
        """Return the body with a part in each slot that it has."""
        return self._format % self._order(parts)


class StubList:
    """What lists have in common, in pages or with cursors.

    Raises ProviderError if no items can be made for its schema.
    """

    pagination: Listing

    def __init__(
        self, contract: Contract, operation: Operation, compiler: Compiler, seed: bytes
    ) -> None:
        listing, declared = operation.listing, operation.success
        media = declared.json if declared else None
        if listing is None or declared is None or media is None or media.schema is None:
            raise ProviderError("x-pagination needs a success with a JSON schema", operation.place)
        if not listing.items:
            raise ProviderError("x-pagination: items has to name a member of the body", ())
        self.pagination, self.operation = listing, operation
        self.selections = Selections(operation)
        self.status = int(declared.status) if declared.status.isdecimal() else 200
        self._content_type = (b"content-type", media.type.encode())
        self._contract, self._compiler = contract, compiler
        self._seed = digest(seed, "list", operation.id)
        self._schema: Schema = media.schema
        self._path = list(self._nodes())
        self._codes = lru_cache(maxsize=None)(self._make_codes)
        self.items = self.make_items()
        self.collections = Collections(self.items, self._seed)
        self._body = compiler.root(media.schema.place).make(Draw(digest(self._seed, "envelope")))

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

    def _judge(self, value: Any, request: Mapping[str, Any]) -> str | None:
        """Return what is wrong with a body, None if nothing is."""
        if self._schema.accepts(value, request):
            return None
        return "; ".join(map(str, self._schema.judge(value, request).violations[:3]))

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

    def _is_closed(self, skeleton: Any) -> bool:
        """Whether nothing but the number of the items matters to the rest of a page."""
        document = self._contract.document
        for depth, node in enumerate(self._path[:-1]):
            below = self.pagination.items[depth:]
            if node.also or not Shape.of(document, node.place).is_plain:
                return False
            if not all(_only_counts(law, below) for law in laws_of(node)):
                return False
        beside = (node for _, node, _ in self._schema.walk(skeleton) if node.laws)
        if any(node not in self._path for node in beside):
            return False
        array = self._path[-1]
        plain = all(word in _ARRAY or word.startswith("x-") for word in array.schema)
        return plain and array.laws is None


def laws_of(node: Node) -> tuple[Law, ...]:
    """Return the laws of a schema."""
    return node.laws.laws if node.laws else ()


def _only_counts(law: Law, items: Pointer) -> bool:
    """Whether a law reads nothing of the items but their number."""
    read = (*law.reads, *(counted for counted in law.counts if counted != items))
    return not any(each[: len(items)] == items[: len(each)] for each in read)
