"""Requests as JSON, with their credentials or without."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ...spec.secrets.masking import HIDDEN, is_secret, without_named_secrets
from ...spec.secrets.token_forms import Finder
from ...spec.secrets.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...spec.contract import Contract
    from ..access.security import Guard
    from .journal import JournalEntry


class Shown:
    """Writes requests to one contract as the schema Request in openapi.yaml."""

    def __init__(self, contract: Contract, guard: Guard) -> None:
        schemes = contract.schemes.values()
        keys = {s.name for s in schemes if s.kind == "apiKey"}
        self._secret = {name.lower() for name in keys} | {"authorization"}
        names = (p.name for each in contract.operations for p in each.parameters)
        self._plain = {name for name in names if name not in keys}
        self._finder = Finder(guard.tokens, vocabulary(contract.names))

    def of(self, entry: JournalEntry, *, masked: bool) -> dict[str, Any]:
        """Return a request; `masked` hides credentials and other secrets in it."""
        text: Callable[[str], str] = self._hidden if masked else str
        is_hidden = self._is_hidden if masked else lambda _: False
        try:
            body, encoding = entry.body.decode(), "utf-8"
        except UnicodeDecodeError:
            body, encoding = base64.b64encode(entry.body).decode(), "base64"
        if masked:
            body = without_named_secrets(body, self._plain)
        came = datetime.fromtimestamp(entry.came, UTC).isoformat(timespec="milliseconds")
        return {
            "number": entry.number,
            "time": came.replace("+00:00", "Z"),
            "id": text(entry.id),
            "method": text(entry.method),
            "path": text(entry.path),
            "query": {
                text(name): [HIDDEN if is_hidden(name) else text(value) for value in values]
                for name, values in entry.query.items()
            },
            "headers": {
                text(name): HIDDEN if is_hidden(name) else text(value)
                for name, value in entry.headers.items()
            },
            "body": text(body),
            "encoding": encoding,
            "status": entry.status,
            "reason": text(entry.reason),
            "ms": round(entry.took * 1000, 1),
            "fault": entry.fault,
            "delay": round(entry.delay * 1000),
            "dropped": entry.dropped,
            "left": entry.left,
        }

    def _is_hidden(self, name: str) -> bool:
        return name.lower() in self._secret or (name not in self._plain and is_secret(name))

    def _hidden(self, text: str) -> str:
        return self._finder.replace(text, HIDDEN)
