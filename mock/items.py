"""Items of a list: any row of any collection, as bytes, at the price of a few table look-ups.

An item is put together from columns. The columns of codes follow from the row's number alone; the
others are rows of tables, one table for each group of parts that belong together. A table's rows
are made and judged when they are first needed, and kept: what a table holds is valid.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass, field
from hashlib import shake_128
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..spec.source import join
from .codes import ROWS, SECRET, CodeForm, Codes
from .draws import Draw, digest
from .groups import plan
from .providers import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..spec.contract import Contract
    from ..spec.source import Pointer
    from .codes import CodeKey
    from .groups import Group
    from .makers import Compiler, Maker, Root, Wishes

TABLE = 8192
"""How many rows a table of parts has, a power of two: variety against memory."""
_BLOCK = 64
"""How many rows share one digest."""
_ATTEMPTS = 64
_CODE = CodeForm("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16)
_FIXED_BY_LENGTH = {"type", "minLength", "maxLength", "description", "title", "example", "nullable"}
_SLOT = re.compile('"\ue000([0-9]+)\ue000"')


def dumps(value: Any) -> bytes:
    """Write JSON as the stub sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class UnserveableError(Exception):
    """A schema that no valid value was found for; the message says what the last one broke."""


@dataclass(slots=True)
class _CodeColumns:
    """The columns that show one code, a table of pieces for each byte of it."""

    codes: Codes
    tables: list[list[bytes]]


@dataclass(slots=True)
class _TableColumn:
    """A column of ready pieces: fixed text and values of one group's parts, written as JSON."""

    group: int
    parts: list[bytes | Pointer]
    rows: list[bytes | None] = field(default_factory=list)


@dataclass(slots=True)
class _NumberColumn:
    """A column that counts the rows, for keys that are numbers."""

    first: int
    before: bytes
    after: bytes = b""


@dataclass(slots=True)
class Keys:
    """What one collection's items follow from."""

    digest: bytes
    codes: Sequence[CodeKey]


class Items:
    """The items of one schema under one seed: a family of collections, each with its keys.

    `place` is where the schema stands, `key` where in an item its key is, `code` gives the codes
    of a form for a place, `table` is how many rows the tables of parts have, a power of two.
    Raises ProviderError where the schema's `x-faker` does not fit it.
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
        wishes: Wishes | None = None,
        table: int = TABLE,
    ) -> None:
        self.schema = contract.schemas.at(place)
        self._contract, self._seed, self._mask = contract, seed, table - 1
        self._root = compiler.root(place, wishes)
        leaves = dict(self._root.leaves())
        forms = {at: maker.code for at, maker in leaves.items() if maker.code is not None}
        counted = self._key(key, leaves, forms)
        plan_ = plan(self._root, contract.schemas, [*forms, *counted])
        self._groups = plan_.groups
        self._codes = {at: code(at, form) for at, form in forms.items()}
        self._each = tuple(self._codes.values())
        limits = [codes.form.capacity for codes in self._codes.values()]
        self.capacity = min(limits) if limits else None
        """How many items there can be at most; None where there is no limit."""
        self.places = tuple(leaves)
        """The places of an item's parts."""
        self._columns = _Layout(self._root, plan_.groups, self._codes, counted).columns()
        for column in self._columns:
            if isinstance(column, _TableColumn):
                column.rows = [None] * table
        fit = [
            self._fits(leaves[at], codes.text(codes.keyed(bytes(SECRET)), 0))
            for at, codes in self._codes.items()
        ]
        self.proven = plan_.closed and all(fit)
        """Whether every item is valid by construction; otherwise each one has to be judged."""
        self._alone = {
            number: leaves[group.leaves[0]]
            for number, group in enumerate(self._groups)
            if group.alone and all(len(maker.places) == 1 for _, maker in self._root.objects())
        }
        for number in range(len(self._groups)):
            self._fill(number, 0)

    def _key(
        self, key: Pointer, leaves: Mapping[Pointer, Maker], forms: dict[Pointer, CodeForm]
    ) -> dict[Pointer, int]:
        """See to it that the key differs from row to row; give the keys that are numbers."""
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
            forms[key] = CodeForm(_CODE.alphabet, max(length, int(schema.get("minLength", 0))))
        return {}

    def _fits(self, leaf: Maker, code: str) -> bool:
        """Whether all codes of a leaf are valid as this one is; raise ProviderError if not."""
        schema = self._contract.schemas.at(leaf.place)
        if not schema.accepts(code):
            what = f"the code {code!r} is not valid here; give an x-faker: unique_code that fits"
            raise ProviderError(what, leaf.place)
        keywords = self._contract.schemas.node(leaf.place).schema
        return all(word in _FIXED_BY_LENGTH or word.startswith("x-") for word in keywords)

    def has(self, place: Pointer) -> bool:
        """Whether items have a part at, or parts below, a place."""
        return any(part[: len(place)] == place for part in self.places)

    def keys(self, collection: bytes) -> Keys:
        """Give the keys of a collection; `collection` is its digest, 32 bytes."""
        secrets = shake_128(collection).digest(SECRET * len(self._each))
        keyed = [codes.keyed(secrets, SECRET * n) for n, codes in enumerate(self._each)]
        return Keys(collection, keyed)

    def rows(self, keys: Keys, start: int, count: int) -> bytes:
        """Give `count` items from the row `start` on, as JSON with commas between them."""
        draws = self._draws(keys.digest, start, count) if self._groups else []
        cells: list[Iterable[bytes]] = []
        number = 0
        for column in self._columns:
            if isinstance(column, _TableColumn):
                cells.append(self._pieces(column, draws[column.group]))
            elif isinstance(column, _CodeColumns):
                shown = _shown(column.codes, keys.codes[number], start, count)
                number += 1
                width = column.codes.width
                for byte, table in enumerate(column.tables):
                    cells.append(map(table.__getitem__, shown[byte::width]))
            else:
                cells.append(_counted(column, column.first + start, count))
        return b"".join(chain.from_iterable(zip(*cells, strict=True)))[:-1]

    def _draws(self, collection: bytes, start: int, count: int) -> list[tuple[int, ...]]:
        """Draw the table rows of each group, for `count` items."""
        groups = len(self._groups)
        first, last = start // _BLOCK, (start + count - 1) // _BLOCK
        data = b"".join(
            shake_128(collection + block.to_bytes(8, "big")).digest(2 * groups * _BLOCK)
            for block in range(first, last + 1)
        )
        skipped = 2 * groups * (start - first * _BLOCK)
        drawn = struct.unpack_from(f"<{groups * count}H", data, skipped)
        return [drawn[group::groups] for group in range(groups)]

    def _pieces(self, column: _TableColumn, draws: Iterable[int]) -> list[bytes]:
        rows, mask = column.rows, self._mask
        pieces = [rows[draw & mask] for draw in draws]
        if None in pieces:
            for draw in draws:
                if rows[draw & mask] is None:
                    self._fill(column.group, draw & mask)
            pieces = [rows[draw & mask] for draw in draws]
        return pieces  # type: ignore[return-value]

    def _fill(self, group: int, row: int) -> None:
        """Make a row of a group's tables."""
        value = self._part(group, row) if group in self._alone else self._whole(group, row)
        for column in self._columns:
            if isinstance(column, _TableColumn) and column.group == group:
                column.rows[row] = b"".join(
                    part if isinstance(part, bytes) else dumps(value(part)) for part in column.parts
                )

    def _part(self, group: int, row: int) -> Callable[[Pointer], Any]:
        maker = self._alone[group]
        schema = self._contract.schemas.at(maker.place)
        for attempt in range(_ATTEMPTS):
            value = maker.make(self._draw(group, row, attempt))
            if schema.accepts(value):
                return lambda _place: value
        return self._whole(group, row)

    def _whole(self, group: int, row: int) -> Callable[[Pointer], Any]:
        found = valid(self._root, self.schema, lambda n: self._draw(group, row, n))
        return lambda place: _at(found, place)

    def _draw(self, group: int, row: int, attempt: int) -> Draw:
        return Draw(digest(self._seed, "row", group, row, attempt))


def _counted(column: _NumberColumn, first: int, count: int) -> list[bytes]:
    return [b"%b%d%b" % (column.before, n, column.after) for n in range(first, first + count)]


def valid(root: Root, schema: Any, draw: Callable[[int], Draw]) -> Any:
    """Draw until a value is valid; raise UnserveableError where none of many is."""
    value: Any = None
    for attempt in range(_ATTEMPTS):
        value = root.make(draw(attempt))
        if schema.accepts(value):
            return value
    broken = schema.judge(value).violations
    raise UnserveableError(str(broken[0]) if broken else "no valid value was found")


def _at(value: Any, place: Pointer) -> Any:
    for part in place:
        value = value[part]
    return value


def _shown(codes: Codes, key: CodeKey, start: int, count: int) -> bytes:
    """Give the bytes that the codes of some rows show."""
    block, first = divmod(start, ROWS)
    if first + count <= ROWS:
        return codes.block(key, block, first, count)
    parts = []
    while count:
        some = min(count, ROWS - first)
        parts.append(codes.block(key, block, first, some))
        block, first, count = block + 1, 0, count - some
    return b"".join(parts)


class _Layout:
    """Cuts the JSON of an item into columns; what is fixed goes with the column beside it."""

    def __init__(
        self,
        root: Root,
        groups: tuple[Group, ...],
        codes: Mapping[Pointer, Codes],
        counted: Mapping[Pointer, int],
    ) -> None:
        self._leaves = [place for place, _ in root.leaves()]
        self._group = {leaf: n for n, group in enumerate(groups) for leaf in group.leaves}
        self._codes, self._counted = codes, counted

    def columns(self) -> list[_TableColumn | _CodeColumns | _NumberColumn]:
        """Give the columns, the comma behind an item included."""
        template: Any = {}
        for number, place in enumerate(self._leaves):
            mark = f"\ue000{number}\ue000"
            if not place:
                template = mark
                continue
            parent = template
            for part in place[:-1]:
                parent = parent.setdefault(part, {})
            parent[place[-1]] = mark
        pieces = _SLOT.split(dumps(template).decode())
        found: list[_TableColumn | _CodeColumns | _NumberColumn] = []
        for text, slot in zip(pieces[::2], pieces[1::2], strict=False):
            self._add(found, text.encode(), self._leaves[int(slot)])
        _close(found[-1], pieces[-1].encode() + b",")
        return found

    def _add(
        self,
        found: list[_TableColumn | _CodeColumns | _NumberColumn],
        before: bytes,
        place: Pointer,
    ) -> None:
        if place in self._codes:
            codes = self._codes[place]
            tables = [[dumps(t)[1:-1] for t in table] for table in codes.spellings]
            tables[0] = [before + b'"' + text for text in tables[0]]
            tables[-1] = [text + b'"' for text in tables[-1]]
            found.append(_CodeColumns(codes, tables))
        elif place in self._counted:
            found.append(_NumberColumn(self._counted[place], before))
        else:
            group = self._group[place]
            last = found[-1] if found else None
            if isinstance(last, _TableColumn) and last.group == group:
                last.parts += [before, place]
            else:
                found.append(_TableColumn(group, [before, place]))


def _close(column: _TableColumn | _CodeColumns | _NumberColumn, after: bytes) -> None:
    if isinstance(column, _TableColumn):
        column.parts.append(after)
    elif isinstance(column, _CodeColumns):
        column.tables[-1] = [text + after for text in column.tables[-1]]
    else:
        column.after = after
