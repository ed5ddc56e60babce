"""Items of a list: any row of any collection, as bytes, at the price of a few table look-ups.

An item is put together from columns. The columns of codes follow from the row's number alone; the
others are rows of tables, one table for each group of parts that belong together. A table's rows
are made and judged when they are first needed, and kept: what a table holds is valid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from ...spec.source import join
from ..writing import dumps
from .codes import CodeForm, Codes
from .groups import plan
from .keystream import Draw, digest
from .providers import ProviderError
from .row_generator import ROWS, SECRET, Indexes, RowGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ...spec.contract import Contract
    from ...spec.source import Pointer
    from .groups import Group
    from .makers import Compiler, Maker, Root, Wishes
    from .row_generator import Key

TABLE = 8192
"""How many rows a table of parts has, a power of two: variety against memory."""
_DIGEST = 64
"""Bytes of a digest."""
Keys: TypeAlias = "list[Key]"
"""What one collection's items follow from: the keys of the codes, and that of the picks."""
_ATTEMPTS = 64
_CODE = CodeForm("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16)
_FIXED_BY_LENGTH = {"type", "minLength", "maxLength", "description", "title", "example", "nullable"}
_SLOT = re.compile('"\ue000([0-9]+)\ue000"')


class UnserveableError(Exception):
    """A schema that no valid value was found for; the message says what the last one broke."""


@dataclass(slots=True)
class _Table:
    """A column of ready pieces: fixed text and values of one group's parts, written as JSON."""

    group: int
    parts: list[bytes | Pointer]
    rows: list[bytes | None] = field(default_factory=list)


@dataclass(slots=True)
class _Coded:
    """A column that shows a code, the first, second and so on of those that items have."""

    number: int
    codes: Codes


@dataclass(slots=True)
class _Counted:
    """A column that counts the rows, for keys that are numbers."""

    first: int


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
        self._contract, self._seed = contract, seed
        self._root = compiler.root(place, wishes)
        leaves = dict(self._root.leaves())
        forms = {at: maker.code for at, maker in leaves.items() if maker.code is not None}
        counted = self._key(key, leaves, forms)
        plan_ = plan(self._root, contract.schemas, [*forms, *counted])
        self._groups = plan_.groups
        self._codes = {at: code(at, form) for at, form in forms.items()}
        self._picks = Indexes(len(plan_.groups), table, digest(seed, "picks"))
        self._blocks = RowGenerator([*self._codes.values(), self._picks])
        limits = [codes.form.capacity for codes in self._codes.values()]
        self.capacity = min(limits) if limits else None
        """How many items there can be at most; None where there is no limit."""
        self.places = tuple(leaves)
        """The places of an item's parts."""
        layout = _Layout(self._root, plan_.groups, self._codes, counted)
        self._head, self._between = layout.head, len(layout.between)
        self._fixed = [each if isinstance(each, bytes) else b"" for each in layout.columns]
        columns = list(enumerate(layout.columns))
        self._tables = [(at, each) for at, each in columns if isinstance(each, _Table)]
        self._coded = [(at, each) for at, each in columns if isinstance(each, _Coded)]
        self._counted = [(at, each) for at, each in columns if isinstance(each, _Counted)]
        for _, column in self._tables:
            column.rows = [None] * table
        fit = [
            self._fits(leaves[at], codes.text((1, 1, 0, 0), 0, 0))
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
        count = -(-SECRET * (len(self._codes) + 1) // _DIGEST)
        return self._blocks.keys(
            b"".join([blake2b(collection + b"%d" % number).digest() for number in range(count)])
        )

    def rows(self, keys: Keys, start: int, count: int) -> bytes:
        """Give `count` items from the row `start` on, as JSON with commas between them."""
        number, first = divmod(start, ROWS)
        pieces = [self._head]
        while count > 0:
            end = min(first + count, ROWS)
            pieces += self._block(keys, number, first, end)
            count -= end - first
            number, first = number + 1, 0
        # What stands between two items stands behind the last one as well.
        pieces[-1] = pieces[-1][: -self._between]
        return b"".join(pieces)

    def _block(self, keys: Keys, number: int, first: int, end: int) -> list[bytes]:
        """Give the pieces of some rows of a block, one for each column of each row."""
        count, width = end - first, len(self._fixed)
        pieces = self._fixed * count
        shown = self._blocks.shown(keys, number, first, end)
        if self._tables:
            picks = self._picks.read(shown[-1])
            for at, table in self._tables:
                pieces[at::width] = self._pieces(table, picks[table.group])
        for at, coded in self._coded:
            pieces[at::width] = coded.codes.spelled(shown[coded.number], count)
        for at, counted in self._counted:
            before = counted.first + number * ROWS
            pieces[at::width] = [b"%d" % (before + row) for row in range(first, end)]
        return pieces

    def _pieces(self, table: _Table, picks: tuple[int, ...]) -> tuple[bytes, ...]:
        rows = table.rows
        # An itemgetter is the fastest way to many items of a list; of one it gives no tuple.
        pieces = itemgetter(*picks)(rows) if len(picks) > 1 else (rows[picks[0]],)
        if None in pieces:
            for row in picks:
                if rows[row] is None:
                    self._fill(table.group, row)
            pieces = tuple(rows[row] for row in picks)
        return pieces

    def _fill(self, group: int, row: int) -> None:
        """Make a row of a group's tables."""
        value = self._part(group, row) if group in self._alone else self._whole(group, row)
        for _, table in self._tables:
            if table.group == group:
                table.rows[row] = b"".join(
                    part if isinstance(part, bytes) else dumps(value(part)) for part in table.parts
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


class _Layout:
    """Cuts the JSON of an item into columns, as few as can be: fixed text goes with a table.

    `head` stands before the first item, `between` between two, and is the end of the last column.
    """

    def __init__(
        self,
        root: Root,
        groups: tuple[Group, ...],
        codes: Mapping[Pointer, Codes],
        counted: Mapping[Pointer, int],
    ) -> None:
        self._group = {leaf: n for n, group in enumerate(groups) for leaf in group.leaves}
        self._codes, self._numbers = codes, counted
        self.columns: list[bytes | _Table | _Coded | _Counted] = []
        leaves = [place for place, _ in root.leaves()]
        pieces = _SLOT.split(dumps(_template(leaves)).decode())
        texts, slots = [text.encode() for text in pieces[::2]], pieces[1::2]
        first = leaves[int(slots[0])]
        self.head = texts[0] + self._opening(first)
        self.between = b"," + self.head
        for number, slot in enumerate(slots):
            place = leaves[int(slot)]
            if number:
                self._fix(texts[number] + self._opening(place))
            self._add(place)
        self._fix(texts[-1] + self.between)

    def _opening(self, place: Pointer) -> bytes:
        """Give what stands before every value of a part."""
        codes = self._codes.get(place)
        return b"" if codes is None else b'"' + dumps(codes.form.prefix)[1:-1]

    def _fix(self, text: bytes) -> None:
        """Add fixed text."""
        last = self.columns[-1]
        if isinstance(last, _Table):
            last.parts.append(text)
        elif isinstance(last, bytes):
            self.columns[-1] = last + text
        else:
            self.columns.append(text)

    def _add(self, place: Pointer) -> None:
        """Add a part; a table takes the fixed text before it, and the part before that."""
        if place in self._codes:
            self.columns.append(_Coded(list(self._codes).index(place), self._codes[place]))
            self.columns.append(b'"')
        elif place in self._numbers:
            self.columns.append(_Counted(self._numbers[place]))
        else:
            group = self._group[place]
            before = self.columns.pop() if self.columns else b""
            if isinstance(before, _Table) and before.group == group:
                before.parts.append(place)
                self.columns.append(before)
            elif isinstance(before, bytes):
                self.columns.append(_Table(group, [before, place]))
            else:
                self.columns += [before, _Table(group, [place])]


def _template(leaves: Iterable[Pointer]) -> Any:
    """Give an item that has a mark in each place, the number of its part."""
    template: Any = {}
    for number, place in enumerate(leaves):
        mark = f"\ue000{number}\ue000"
        if not place:
            return mark
        parent = template
        for part in place[:-1]:
            parent = parent.setdefault(part, {})
        parent[place[-1]] = mark
    return template
