"""The request log, with one line for each request."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from ...spec import visible
from ...spec.describing import counted
from ...spec.secrets.masking import HIDDEN, without_secrets
from ...spec.secrets.token_forms import Finder
from ...spec.secrets.vocabulary import vocabulary
from ...spec.visible import cut
from ..settings import Log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...spec.contract import Contract
    from ..response import StubResponse

_LONGEST, _LONGEST_TARGET = 300, 2000


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
                    **({"events": reply.events} if reply.events else {}),
                }
            )
        else:
            clock = time.strftime("%H:%M:%S", now)
            notes = "; ".join([*reply.events, *([cut(reason, _LONGEST)] if reason else [])])
            notes = f"  {notes}" if notes else ""
            line = f"{clock} {reply.status} {method} {target} {milliseconds} ms{notes}"
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
