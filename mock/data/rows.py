"""Items of a list: any row of any collection, as bytes, at the price of a few table look-ups.

A key, and every part with `x-faker: unique_code`, follows from the row's number alone. The rest of
an item is the text between them, from a table of ready rows. A row of the table is made and
validated when it is first needed, and kept.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import get, join
from ..writing import dumps
from .attempts import valid
from .codes import LONGEST as LONGEST_CODE
from .codes import ROWS, CodeForm, Codes
from .keystream import Draw, digest
from .providers import ProviderError
from .row_generator import Index, RowGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from .makers.compiler import Compiler, Overrides
    from .makers.made import Maker

_LARGEST_TABLE = 32_000_000
"""Bytes of a table; one with larger rows has fewer than a block."""
MOST = 10**15
"""The most items of a list: every reader of JSON knows the number exactly."""
_DIGEST = 64
"""Bytes of a digest."""
_CODE = CodeForm("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16)
_FIXED_BY_LENGTH = {"type", "minLength", "maxLength", "description", "title", "example", "nullable"}
_MARK = "\ue000"
"""Stands for a code within its quotes."""
_NUMBER = "\ue001"
"""Stands for a number, its quotes included."""


class Items:
    """The items of one schema under one seed: a family of collections, each with its keys.

    `place` is where the schema stands, `key` the place of the key in an item; `code` returns the
    codes of a form for a place. Raises ProviderError if the schema's `x-faker` does not fit it.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        contract: Contract,
        compiler: Compiler,
        *,
        place: Pointer,
        key: Pointer,
        seed: bytes,
        code: Callable[[Pointer, CodeForm], Codes],
        overrides: Overrides | None = None,
    ) -> None:
        self.schema = contract.schemas.at(place)
        self._contract, self._seed = contract, seed
        self._root = compiler.root(place, overrides)
        leaves = dict(self._root.leaves())
        self.places = tuple(leaves)
        """The places of an item's parts."""
        self.settled = [
            ((*at, *place), value)
            for at, maker in self._root.objects()
            for case in maker.cases
            for place, value in case.fixed.items()
        ]
        """The places and values that the cases of records set."""
        forms = {at: maker.code for at, maker in leaves.items() if maker.code is not None}
        counted = self._key(key, leaves, forms)
        self._codes = {at: code(at, forms[at]) for at in leaves if at in forms}
        rows = ROWS
        while rows > 1 and rows * self._root.maker.size > _LARGEST_TABLE:
            rows //= 2
        self._index = Index(rows, digest(seed, "index"))
        self._generator = RowGenerator([*self._codes.values()], self._index)
        self._secret = self._generator.key_size
        self._more = [b"%d" % number for number in range(1, -(-self._secret // _DIGEST))]
        limits = [codes.form.capacity for codes in self._codes.values()]
        self.capacity = min(limits) if limits else None
        """How many items there can be at most; None if there is no limit."""
        self.most = self.capacity or MOST
        """The number of items that a scenario can ask for."""
        self._marks = {
            at: self._codes[at].form.prefix + _MARK if at in self._codes else _NUMBER
            for at in leaves
            if at in self._codes or at in counted
        }
        # Both are by the place of their slot in the text of an item.
        slots = list(self._marks)
        self._coded = [slots.index(at) for at in self._codes]
        self._counted = [(slots.index(at), first) for at, first in counted.items()]
        self._text = cache(self._make_text)
        fit = [self._fits(leaves[at], codes) for at, codes in self._codes.items()]
        self.proven = self._is_closed() and all(fit)
        """Whether every item is valid by construction; otherwise each page has to be judged."""
        self.size = len(self._text(0))
        """About how many bytes an item takes."""

    def _key(
        self, key: Pointer, leaves: Mapping[Pointer, Maker], forms: dict[Pointer, CodeForm]
    ) -> dict[Pointer, int]:
        """Make the key differ from row to row; return the first number of a key that counts."""
        if key in forms:
            return {}
        if key not in leaves:
            raise ProviderError(f"the key {join(key)} is no member of its own in every item", ())
        schema = self._contract.schemas.node(leaves[key].place).schema
        if schema.get("type") == "integer":
            return {key: max(1, int(schema.get("minimum", 1)))}
        if schema.get("format") == "uuid":
            text = digest(self._seed, "uuid", size=16).hex()
            prefix = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-"
            forms[key] = CodeForm("0123456789abcdef", 12, prefix)
        else:
            length = min(_CODE.length, int(schema.get("maxLength", _CODE.length)))
            length = max(length, int(schema.get("minLength", 0)))
            form = forms[key] = CodeForm(_CODE.alphabet, length)
            if length > LONGEST_CODE:
                what = f"a key of more than {LONGEST_CODE} characters cannot be generated"
                raise ProviderError(what, leaves[key].place)
            if form.capacity < ROWS:
                what = f"a key with maxLength {length} makes fewer than {ROWS} keys"
                raise ProviderError(what, leaves[key].place)
        return {}

    def _fits(self, leaf: Maker, codes: Codes) -> bool:
        """Whether all codes of a leaf are sure to be valid; raise ProviderError if one is not."""
        schema = self._contract.schemas.at(leaf.place)
        keywords = self._contract.schemas.node(leaf.place).schema
        alike = all(word in _FIXED_BY_LENGTH or word.startswith("x-") for word in keywords)
        for row in range(1 if alike else ROWS):
            code = codes.text(row)
            if not schema.accepts(code):
                what = f"the code {code!r} is not valid here; give an x-faker: unique_code"
                raise ProviderError(f"{what} that fits", leaf.place)
        return alike

    def _is_closed(self) -> bool:
        """Whether no law reads the request, or a part that is not in the table."""
        for at, maker in self._root.objects():
            drawn = [place[len(at) :] for place in self._marks if place[: len(at)] == at]
            for owner in maker.places:
                book = self._contract.schemas.node(owner).laws
                if any(law.asks or law.touches(drawn) for law in (book.laws if book else ())):
                    return False
        return True

    def has(self, place: Pointer) -> bool:
        """Whether items have a part at, or parts below, a place."""
        return any(part[: len(place)] == place for part in self.places)

    def keys(self, collection: bytes) -> bytes:
        """Return the keys of the collection that has this digest of 64 bytes.

        They are those of its codes, and that of its index.
        """
        for number in self._more:
            collection += blake2b(collection + number).digest()
        return collection[: self._secret]

    def rows(self, keys: bytes, start: int, count: int) -> bytes:
        """Return `count` items from the row `start` on, as JSON with commas between them."""
        number, first = divmod(start, ROWS)
        pieces: list[bytes] = []
        while count > 0:
            end = min(first + count, ROWS)
            pieces.append(self._block(keys, number, first, end))
            count -= end - first
            number, first = number + 1, 0
        return b"".join(pieces)[:-1]

    def alike(self, keys: bytes, row: int) -> Iterator[Any]:
        """Yield the item of a row, then all items that differ from it only in the row's text."""
        number, first = divmod(row, ROWS)
        codes, (own,) = self._generator.split(keys, number, first, first + 1)
        slots = self._slots(codes, number, first, first + 1)
        for step in range(self._index.size):
            text = self._text((own + step) % self._index.size)
            yield json.loads((text % slots)[:-1])

    def _block(self, keys: bytes, number: int, first: int, end: int) -> bytes:
        """Return some rows of a block, with a comma after each."""
        codes, texts = self._generator.split(keys, number, first, end)
        slots = self._slots(codes, number, first, end) if self._counted else codes
        return b"".join(map(self._text, texts)) % slots

    def _slots(
        self, codes: tuple[bytes, ...], number: int, first: int, end: int
    ) -> tuple[bytes | int, ...]:
        """Return the codes and numbers of some rows of a block, in the order of their text."""
        width = len(self._marks)
        slots: list[bytes | int] = [0] * ((end - first) * width)
        for column, at in enumerate(self._coded):
            slots[at::width] = codes[column :: len(self._coded)]
        for at, before in self._counted:
            start = before + number * ROWS
            slots[at::width] = range(start + first, start + end)
        return tuple(slots)

    def _make_text(self, row: int) -> bytes:
        """Make a row of the table: an item as a format for its codes and numbers."""
        seed = digest(self._seed, "row", row)
        value = valid(self._root, self.schema, lambda attempt: Draw(digest(seed, attempt)))
        for place, mark in self._marks.items():
            value = _replaced(value, place, mark)
        text = dumps(value).replace(b"%", b"%%") + b","
        return text.replace(f'"{_NUMBER}"'.encode(), b"%d").replace(_MARK.encode(), b"%b")


def _replaced(value: Any, place: Pointer, new: Any) -> Any:
    """Put a value in the place of another, and return the whole."""
    if not place:
        return new
    get(value, place[:-1])[place[-1]] = new
    return value


def merged(item: Any, given: Any) -> Any:
    """Return an item with some members replaced; objects are merged, everything else replaced."""
    if not isinstance(item, dict) or not isinstance(given, dict):
        return given
    return item | {
        name: merged(item[name], value) if name in item else value for name, value in given.items()
    }
