"""The items that a scenario gives: where they stand in the list, and what completes them.

An item that conforms by itself is served as it is. Of any other, the members that the file leaves
out are generated: those of the row that stands there without the scenario, or, if the members that
the file gives do not fit that row, those of another row that they fit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...spec.describing import joined
from ...spec.documents.pointers import get, join
from ...spec.model.lists import Pagination
from ..data import times
from ..data.dataset import values_of
from ..data.rows import merged
from ..writing import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.lists import Listing
    from ...spec.schemas.schemas import Node, Schemas
    from ..data.dataset import Collection
    from ..data.rows import Items
    from ..lists.stub_list import StubList
    from .files import ScenarioFile

_COUNTED = 10_000
"""The longest list whose keys are compared with those of the given items."""
_LISTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Given:
    """An item, or some members of one, for a row from 0; `place` is where it stands in the file."""

    row: int
    value: Any
    place: Pointer


class GivenItems:
    """The items that a file gives for one list; its mistakes are reported to the file."""

    def __init__(
        self, file: ScenarioFile, contract: Contract, paged: StubList, items: Items
    ) -> None:
        self._file, self._paged, self.items = file, paged, items
        given = list(_placed(file, paged.pagination))
        self.end = max((each.row for each in given), default=-1) + 1
        """The number of items that the list has to have at least."""
        self._whole: dict[int, bytes] = {}
        self._parts: list[Given] = []
        taken: dict[int, str] = {}
        keys: dict[Any, int] = {}
        for each in given:
            self._check_place(each, taken, keys)
            if _is_whole(each.value, paged, items):
                self._report(each, each.value)
                self._whole[each.row] = dumps(each.value)
            else:
                self._check(each, contract.schemas)
                self._parts.append(each)
        self._completed = lru_cache(maxsize=_LISTS_KEPT)(self._complete)

    def pinned(self, names: tuple[str, ...]) -> Mapping[int, bytes]:
        """Return the items by row, for the list of these path values."""
        return {**self._whole, **self._completed(names)} if self._parts else self._whole

    def check_keys(self, whole: Collection) -> None:
        """Report a key that occurs twice in a list with the items."""
        if whole.total > _COUNTED or not whole.pinned:
            return
        found = Counter(map(self._paged.pagination.key_of, values_of(whole)))
        for key in [key for key, count in found.items() if count > 1][:1]:
            self._file.report(("items",), f"{key} is also the key of a generated item")

    def _complete(self, names: tuple[str, ...]) -> Mapping[int, bytes]:
        keys = self._paged.collections.named(names, self.items).keys
        made = ((each.row, self._fitting(keys, each)) for each in self._parts)
        return {row: dumps(item) for row, item in made if item is not None}

    def _fitting(self, keys: bytes, given: Given) -> Any:
        """Return the first generated item that keeps the contract with the given members.

        A given member that decides on the case of a record, such as a status, is best given to an
        item that has it already: the rest of that item is of the same case.
        """
        decisive = [pair for pair in self.items.settled if _agrees(given.value, [pair])]
        for pairs in (decisive, []) if decisive else ([],):
            alike = (e for e in self.items.alike(keys, given.row) if _agrees(e, pairs))
            candidates = (merged(each, given.value) for each in alike)
            found = next(filter(self.items.schema.accepts, candidates), None)
            if found is not None:
                return found
        return None

    def _check_place(self, given: Given, taken: dict[int, str], keys: dict[Any, int]) -> None:
        total, row = self._file.total, given.row
        if total is not None and row >= total:
            what = f"row {row} is after the last one"
            self._file.report(given.place, what, "Rows count from 0; total says how many there are")
        elif row >= self.items.most:
            what = f"only {self.items.most} items can have different keys"
            self._file.report(given.place, what)
        if row in taken:
            self._file.report(given.place, f"row {row} is also given at {taken[row]}")
        taken[row] = join(given.place)
        key = self._paged.pagination.key_of(given.value)
        if key is not None:
            if key in keys:
                self._file.report(given.place, f"{key} is also the key of row {keys[key]}")
            keys[key] = row

    def _check(self, given: Given, schemas: Schemas) -> None:
        """Report what is wrong with some members of an item."""
        unknown = list(_unknown(schemas, self.items.schema.root, given.value))
        for place in unknown:
            known = {each[-1]: each for each in self.items.places if each}
            near = [join(known[name]) for name in get_close_matches(place[-1], known, 1)]
            members = f"Members are {', '.join(map(join, self.items.places))}"
            hint = f"Did you mean {near[0]}? {members}" if near else members
            self._file.report((*given.place, *place), "an item has no such member", hint)
        if unknown:
            return
        keys = self._paged.collections.named(("",), self.items).keys
        item = self._fitting(keys, given)
        if item is None:
            item = self._nearest(keys, given)
        self._report(given, item)

    def _nearest(self, keys: bytes, given: Given) -> Any:
        """Return the item with the fewest violations, for the message."""
        schema, alike = self.items.schema, self.items.alike(keys, given.row)
        candidates = (merged(each, given.value) for each in alike)
        if all(_has(given.value, place) for place in self.items.places):
            return next(candidates)  # all are the same
        return min(candidates, key=lambda item: len(schema.judge(item).violations))

    def _report(self, given: Given, item: Any) -> None:
        for broken in self.items.schema.judge(item, times.now()).violations:
            what = f"expected {broken.expected}, got {broken.actual}"
            self._file.report(
                (*given.place, *broken.place), f"{broken.pointer or 'the item'}: {what}"
            )


def _is_whole(value: Any, paged: StubList, items: Items) -> bool:
    return _has(value, paged.pagination.key) and items.schema.accepts(value)


def _agrees(value: Any, pairs: list[tuple[Pointer, Any]]) -> bool:
    """Whether a value has all these values at their places."""
    return all(_has(value, place) and get(value, place) == wanted for place, wanted in pairs)


def _has(value: Any, place: Pointer) -> bool:
    try:
        get(value, place)
    except LookupError:
        return False
    return True


def _placed(file: ScenarioFile, pagination: Listing) -> Iterator[Given]:
    """Yield the items of a file with their rows."""
    if isinstance(file.items, list):
        yield from _listed(file.items, 0, ("items",))
        return
    for key, value in file.items.items():
        row = _row(file, key, pagination)
        if row is not None and isinstance(value, list):
            yield from _listed(value, row, ("items", key))
        elif row is not None:
            yield Given(row, value, ("items", key))


def _listed(values: list[Any], first: int, place: Pointer) -> Iterator[Given]:
    for number, value in enumerate(values):
        yield Given(first + number, value, (*place, str(number)))


def _row(file: ScenarioFile, key: str, pagination: Listing) -> int | None:
    """Return the row that a key names, by its number or as the first one of a page."""
    if key.isdecimal():
        return int(key)
    if not isinstance(pagination, Pagination):
        hint = "Write the number of its first row, from 0"
        file.report(("items", key), f"{key} is no row, and the list has no numbered pages", hint)
        return None
    given = {name: int(number) for name, _, number in (p.partition("=") for p in key.split("&"))}
    wanted = (pagination.page, pagination.size)
    if given.keys() != {each.name for each in wanted}:
        names = joined([each.name for each in wanted], "and")
        hint = f"Write {pagination.page.name}=2&{pagination.size.name}=10"
        file.report(("items", key), f"{key} is no page; a page has {names}", hint)
        return None
    for each in wanted:
        if not each.compiled.accepts(given[each.name]):
            what = f"{each.name} is {given[each.name]}; expected {each.allowed}"
            file.report(("items", key), what)
            return None
    page, size = (given[each.name] for each in wanted)
    return (page - 1) * size


def _unknown(schemas: Schemas, node: Node, value: Any) -> Iterator[Pointer]:
    """Yield the places of members that the contract does not describe."""
    members = {n: at for each in schemas.with_branches(node) for n, at in each.members.items()}
    if isinstance(value, dict) and members:
        for name, inner in value.items():
            if name not in members:
                yield (name,)
            else:
                inside = _unknown(schemas, schemas.node(members[name]), inner)
                yield from ((name, *place) for place in inside)
