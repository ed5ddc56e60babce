"""Lists: where a response has their items, and how their pages are requested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ..documents.pointers import lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from ..parameters import Parameter


class Oversize(StrEnum):
    """What a server does with a page size above the maximum (decision D7)."""

    REJECT = "reject"
    CLAMP = "clamp"


class PastEnd(StrEnum):
    """What a server does with a page past the last one (decision D8); the stub's is empty."""

    ANY = "any"
    EMPTY = "empty"
    REFUSE = "refuse"


class UnknownList(StrEnum):
    """What a server does with a list that does not exist (decision D9); the stub refuses it."""

    ANY = "any"
    REFUSE = "refuse"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Nouns:
    """What the rows of a list and the list itself are called, for people."""

    row: str = "row"
    rows: str = "rows"
    list: str = "list"

    def count(self, number: int) -> str:
        """Return a number of rows in words: 'no users', '1 user', '7 users'."""
        return f"{number or 'no'} {self.row if number == 1 else self.rows}"


_PLAIN_KEYS = {str, int, float}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Where a response has the items of a list, their key and their total.

    Members are places in the body of a success; `key` is a place in an item.
    """

    items: Pointer
    key: Pointer
    total_items: Pointer | None
    nouns: Nouns
    requirements: Mapping[str, str]

    def items_of(self, body: Any) -> list[Any] | None:
        """Return the items of a body, or None if there is no array."""
        items = lookup(body, self.items)
        return items if isinstance(items, list) else None

    def total_of(self, body: Any) -> int | None:
        """Return the total of a body, or None if there is no integer."""
        total: Any = None if self.total_items is None else lookup(body, self.total_items)
        whole = (
            isinstance(total, int | float) and not isinstance(total, bool) and total == total // 1
        )
        return int(total) if whole else None

    def keys_of(self, items: list[Any]) -> list[Any]:
        """Return the key of each item, as `key_of` does."""
        try:
            found = items
            for part in self.key:
                found = [item[part] for item in found]
        except (LookupError, TypeError):
            found = [None]
        kinds = set(map(type, found))
        return found if kinds <= _PLAIN_KEYS else [self.key_of(item) for item in items]

    def key_of(self, item: Any) -> Any:
        """Return the key of an item, or None if it is not a string or a number."""
        key = lookup(item, self.key)
        return key if isinstance(key, str | int | float) and not isinstance(key, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination(Listing):
    """A list in numbered pages: the parameters for the page and its size, and where they stand."""

    page: Parameter
    size: Parameter
    current_page: Pointer | None
    total_items: Pointer
    total_pages: Pointer | None
    oversize: Oversize
    past_end: PastEnd
    unknown_list: UnknownList

    @property
    def first(self) -> int:
        """The number of the first page."""
        return self.page.minimum or 1

    @property
    def least(self) -> int:
        """The smallest page size."""
        return self.size.minimum or 1

    @property
    def usual(self) -> int:
        """The page size of the contract's example, or else of its default."""
        return int(self.size.example or self.size.schema.get("default") or self.least)

    @property
    def most(self) -> int:
        """The largest page size, or the usual one if there is no maximum."""
        return self.size.maximum or self.usual

    def last(self, total: int, size: int) -> int:
        """Return the number of the last page of a list, which is the first if there are no rows."""
        return self.first + max(1, -(-total // size)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorPagination(Listing):
    """A list whose pages lead to each other by a cursor; without one, it is one page.

    `next` is the place of the next page's cursor, or of a URL with it. Without it, the key of the
    last item is the cursor. `more` is the place of a boolean: whether there is a next page.
    """

    cursor: Parameter | None
    size: Parameter | None
    next: Pointer | None
    more: Pointer | None

    def next_of(self, body: Any) -> str | None:
        """Return the cursor of the next page, None if the body says that there is none."""
        if self.cursor is None or (self.more is not None and lookup(body, self.more) is not True):
            return None
        if self.next is None:
            keys = self.keys_of(self.items_of(body) or [])
            return str(keys[-1]) if keys and keys[-1] is not None else None
        found = lookup(body, self.next)
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            return None
        text = str(found)
        in_query = parse_qs(urlsplit(text).query).get(self.cursor.name) if "?" in text else None
        return in_query[0] if in_query else text
