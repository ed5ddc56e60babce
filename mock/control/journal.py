"""The journal: the latest requests, which tests can read, count and remove."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, unquote

from ..http.preferences import SCOPE
from ..response import BODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..response import StubResponse

MOST, MOST_BYTES = 1000, 16_000_000
"""How many requests are kept, and how many bytes they may have in all."""
_TOGETHER = 16
"""How many requests may come before they are counted."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A request and its response; `took` and `delay` are in seconds, `came` since 1970.

    Names of headers are in lower case. `reason` says why it got an error response, '' if it did
    not, and `fault` which fault it asked for. `dropped` says that the stub dropped the connection,
    and `left` that the client had left before. `id` is that of its header Prefer.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    status: int
    reason: str
    took: float
    number: int = 0
    came: float = 0.0
    id: str = ""
    fault: str = ""
    delay: float = 0.0
    dropped: bool = False
    left: bool = False


_Kept: TypeAlias = "tuple[Any, ...]"
"""What an entry is made of, as few of them are ever read: its number and its bytes come first."""


def _entry(kept: _Kept) -> JournalEntry:
    number, _, ended, took, method, path, query, sent, body, status, reason, id_, *rest = kept
    headers: dict[str, str] = {}
    for raw, value in sent:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return JournalEntry(
        method,
        unquote(path.decode("latin-1")),
        parse_qs(query.decode("latin-1"), keep_blank_values=True),
        headers,
        body,
        status,
        reason,
        took,
        number,
        ended - took,
        id_,
        *rest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which requests are meant: those that match all members that are not None.

    In `path`, which has no query, a `*` stands for any text. `status` is a status, or a class of
    them such as 4xx. `since` and `until` are seconds since 1970; a request that came at `until` is
    not meant. `after` is the number of a request.
    """

    path: str | None = None
    id: str | None = None
    method: str | None = None
    status: int | str | None = None
    since: float | None = None
    until: float | None = None
    after: int | None = None

    def matches(self, entry: JournalEntry) -> bool:
        """Whether a request is meant."""
        return (
            (self.after is None or entry.number > self.after)
            and (self.method is None or entry.method == self.method)
            and (self.id is None or entry.id == self.id)
            and (self.status is None or self._has_status(entry.status))
            and (self.since is None or entry.came >= self.since)
            and (self.until is None or entry.came < self.until)
            and (self.path is None or _is_like(entry.path, self.path))
        )

    def _has_status(self, status: int) -> bool:
        wanted = str(self.status)
        return str(status)[: 1 if wanted.endswith("xx") else None] == wanted.removesuffix("xx")


_ALL = Filter()


class Journal:
    """The latest 1,000 requests, oldest first; fewer if they have more than 16 MB in all.

    Its methods may be called from any thread. They take the members of Filter as arguments.
    """

    def __init__(self) -> None:
        # A request is added without the lock, which takes longer than all else.
        self._new: deque[_Kept] = deque()
        self._kept: deque[_Kept] = deque()
        self._bytes = self._last = 0
        self._numbers = itertools.count(1)
        # Most requests have the headers of the one before, which are then kept once.
        self._latest: tuple[list[tuple[bytes, bytes]], int] = ([], 0)
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """The number of the latest request, whether it is still kept or not; 0 for none."""
        with self._lock:
            self._settle()
            return self._last

    def note(self, scope: Any, reply: StubResponse, took: float) -> None:
        """Add a request."""
        body, wanted = scope.get(BODY, b""), scope.get(SCOPE)
        path, query, latest = scope["raw_path"], scope["query_string"], self._latest
        if scope["headers"] != latest[0]:
            headers = scope["headers"]
            latest = headers, sum(len(name) + len(value) for name, value in headers)
            self._latest = latest
        self._new.append(
            (
                next(self._numbers),
                latest[1] + len(path) + len(query) + len(body),
                time.time(),
                took,
                scope["method"],
                path,
                query,
                latest[0],
                body,
                reply.status,
                reply.reason,
                "" if wanted is None else wanted.id or "",
                reply.fault,
                reply.delay,
                reply.cut is not None and not reply.left,
                reply.left,
            )
        )
        if body or len(self._new) >= _TOGETHER:
            with self._lock:
                self._settle()

    def _settle(self) -> deque[_Kept]:
        """Count the new requests, and return those to keep; the caller holds the lock."""
        new, kept = self._new, self._kept
        while new:
            each = new.popleft()
            self._last = each[0]
            self._bytes += each[1]
            kept.append(each)
        while len(kept) > MOST or (self._bytes > MOST_BYTES and len(kept) > 1):
            self._bytes -= kept.popleft()[1]
        return kept

    def matching(self, **filters: Any) -> list[JournalEntry]:
        """Return the requests that match all filters, oldest first."""
        wanted = Filter(**filters)
        with self._lock:
            found = list(self._settle())
        return [entry for each in found if wanted.matches(entry := _entry(each))]

    def count(self, **filters: Any) -> int:
        """Return how many requests match all filters."""
        return len(self.matching(**filters))

    def clear(self, **filters: Any) -> int:
        """Remove the requests that match all filters, without a filter all; return how many."""
        wanted = Filter(**filters)
        with self._lock:
            kept = self._settle()
            rest = [] if wanted == _ALL else [k for k in kept if not wanted.matches(_entry(k))]
            removed = len(kept) - len(rest)
            self._kept = deque(rest)
            self._bytes = sum(each[1] for each in rest)
        return removed

    def __getitem__(self, index: int) -> JournalEntry:
        """Return a request by its index; -1 is the latest."""
        with self._lock:
            return _entry(self._settle()[index])

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self.matching())

    def __len__(self) -> int:
        with self._lock:
            return len(self._settle())


def _is_like(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern in which a `*` stands for any text."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
