"""The journal of requests, which tests can read, and the request log with one line for each."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import parse_qs, unquote

from ...spec import visible
from ...spec.describing import counted
from ...spec.masking import HIDDEN, without_secrets
from ...spec.token_forms import Finder
from ...spec.visible import cut
from ...spec.vocabulary import vocabulary
from ..settings import Log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...spec.contract import Contract
    from ..response import StubResponse

_MOST, _MOST_BYTES = 1000, 16_000_000
_LONGEST, _LONGEST_TARGET = 300, 2000


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A request and its response; `took` is in seconds, names of headers are in lower case.

    `reason` says why it got an error response, '' if it did not.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    status: int
    reason: str
    took: float


class Journal:
    """The latest 1,000 requests, oldest first; fewer if they have more than 16 MB in all."""

    def __init__(self) -> None:
        self._kept: deque[JournalEntry] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def note(self, scope: Any, reply: StubResponse, took: float) -> None:
        """Add a request."""
        query = scope["query_string"].decode("latin-1")
        entry = JournalEntry(
            method=scope["method"],
            path=unquote(scope["raw_path"].decode("latin-1")),
            query=parse_qs(query, keep_blank_values=True),
            headers={
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            },
            body=scope.get("ruangkerja.body", b""),
            status=reply.status,
            reason=reply.reason,
            took=took,
        )
        head = sum(len(name) + len(value) for name, value in scope["headers"])
        size = len(entry.path) + len(query) + head + len(entry.body)
        self._kept.append(entry)
        self._sizes.append(size)
        self._bytes += size
        while len(self._kept) > _MOST or (self._bytes > _MOST_BYTES and len(self._kept) > 1):
            self._kept.popleft()
            self._bytes -= self._sizes.popleft()

    def clear(self) -> None:
        """Remove all requests."""
        self._kept.clear()
        self._sizes.clear()
        self._bytes = 0

    def __getitem__(self, index: int) -> JournalEntry:
        """Return a request by its index; -1 is the latest."""
        return self._kept[index]

    def __iter__(self) -> Any:
        return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)


def dropped_line(form: Log, number: int) -> str:
    """Return a line of the log that says how many lines it lacks."""
    text = (
        f"{counted(number, 'line was', 'lines were')} dropped from this log, because nobody read it"
    )
    return json.dumps({"dropped": number, "reason": text}) if form is Log.JSON else text


class RequestLog:
    """Writes a line for each request, without headers and with credentials masked.

    The `tokens` are masked wherever they stand.
    """

    def __init__(
        self,
        contract: Contract,
        form: Log,
        stream: TextIO | None = None,
        tokens: Iterable[str] = (),
    ) -> None:
        self._form = form
        self._stream = stream
        self._finder = Finder(tokens, vocabulary(contract.names))
        self._masks: dict[str, str | None] = {
            parameter.name: None for each in contract.operations for parameter in each.parameters
        }
        in_query = (s.name for s in contract.schemes.values() if s.location == "query")
        self._masks |= dict.fromkeys(in_query, HIDDEN)

    def note(self, scope: Any, reply: StubResponse, took: float) -> None:
        """Write the line for a request."""
        target, method = self._target(scope), visible.line(scope["method"])
        reason = visible.line(self._finder.replace(reply.reason, HIDDEN))
        now = time.localtime()
        milliseconds = round(took * 1000, 1)
        if self._form is Log.JSON:
            line = json.dumps(
                {
                    "time": time.strftime("%Y-%m-%dT%H:%M:%S%z", now),
                    "method": method,
                    "target": target,
                    "status": reply.status,
                    "bytes": len(reply.body),
                    "ms": milliseconds,
                    **({"reason": reason} if reason else {}),
                }
            )
        else:
            clock = time.strftime("%H:%M:%S", now)
            reason = f"  {cut(reason, _LONGEST)}" if reason else ""
            line = f"{clock} {reply.status} {method} {target} {milliseconds} ms{reason}"
        stream = self._stream or sys.stderr
        stream.write(f"{line}\n")
        stream.flush()

    def _target(self, scope: Any) -> str:
        path, query = (
            scope[part][: _LONGEST_TARGET + 1].decode("latin-1")
            for part in ("raw_path", "query_string")
        )
        parts = [path, without_secrets(query, self._masks)] if query else [path]
        shown = [self._finder.beginning(part, _LONGEST_TARGET, HIDDEN) for part in parts]
        return visible.line("?".join(shown))
