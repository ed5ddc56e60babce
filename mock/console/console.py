"""The responses of the console: the page at `/`, and its files below `/-/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ..access.loopback import is_from_here, is_loopback
from ..response import StubResponse
from . import facts
from .copied_scenario import scenario_text
from .exchange import exchange_of, json_of
from .findings import findings
from .live import LiveRequests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

    from ..access.security import Guard
    from ..responder import Responder
    from ..settings import Settings
    from .live import Watchers

PREFIX = "/-/"
"""The prefix of the console's own paths."""
EVENTS = f"{PREFIX}events"
_FINDINGS, _SCENARIO = f"{PREFIX}findings", f"{PREFIX}as-scenario"

_FOUND = 200
_PAGE = Path(__file__).with_name("page")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Console:
    """The console. It does not change the responses of the operations."""

    def __init__(
        self, responder: Responder, guard: Guard, settings: Settings, watchers: Watchers
    ) -> None:
        self._responder, self._guard, self._settings = responder, guard, settings
        self._is_local = is_loopback(settings.host)
        self._files = {path.name: path for path in _PAGE.iterdir() if path.suffix in _TYPES}
        self._documents: dict[str, bytes] = {}
        self.live = LiveRequests(responder.contract, guard, settings, watchers)

    def reply(self, scope: Scope, path: str | None) -> StubResponse | None:
        """Return the response to a GET or HEAD, None if the console has nothing at its path.

        `path` is the path below the contract's server, None if it is outside of it.
        """
        base = self._responder.contract.base_path
        target: str = scope["path"]
        if target in {"/", PREFIX}:
            return self._page(here=target == PREFIX)
        if target.startswith(PREFIX):
            return self._file(target.removeprefix(PREFIX), scope)
        if base and target.rstrip("/") == base:
            return StubResponse.of(307, b"", None, more=(("Location", "/"),))
        return self._document(path) if path is not None else None

    @staticmethod
    def is_stream(scope: Scope) -> bool:
        """Whether a request is for the event stream of requests."""
        return bool(scope["path"] == EVENTS)

    @staticmethod
    def owns(scope: Scope) -> bool:
        """Whether a request to no operation is one of the page, and not of a client."""
        target: str = scope["path"]
        return target == "/" or target.startswith(PREFIX)

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Whether a POST request is a question of the page about an exchange."""
        return scope["path"] in {_FINDINGS, _SCENARIO}

    def answer(self, scope: Scope, sent: bytes) -> StubResponse:
        """Return what the contract finds in an exchange, or the scenario that repeats it.

        Raises ErrorResponse if the page sends no exchange with an operation.
        """
        contract = self._responder.contract
        asked = json_of(sent)
        if scope["path"] == _FINDINGS:
            data = json.dumps(findings(contract, exchange_of(contract, asked))).encode()
            return StubResponse.of(_FOUND, data, "application/json")
        logged = asked.get("request")
        exchange = self.live.exchange(str(logged)) if logged else exchange_of(contract, asked)
        text = scenario_text(contract, exchange)
        return StubResponse.of(_FOUND, text.encode(), "application/yaml")

    def _page(self, *, here: bool) -> StubResponse:
        text = self._files["index.html"].read_text(encoding="utf-8")
        if here:
            text = text.replace(f'"{PREFIX[1:]}', '"./')
        return StubResponse.of(_FOUND, text.encode(), _TYPES[".html"])

    def _file(self, name: str, scope: Scope) -> StubResponse | None:
        if name == "console.json":
            shown = facts.of(self._responder, self._settings, self._tokens(scope))
            data = json.dumps(shown, ensure_ascii=True, allow_nan=False, default=str).encode()
            return StubResponse.of(_FOUND, data, "application/json")
        path = self._files.get(name)  # by name alone: no path leads out of the folder
        if path is None:
            return None
        return StubResponse.of(_FOUND, path.read_bytes(), _TYPES[path.suffix])

    def _document(self, path: str) -> StubResponse | None:
        """Return the contract, which names this stub as its server; None at another path."""
        form = path.removeprefix("/openapi.")
        if form not in {"json", "yaml"} or form == path:
            return None
        # A large contract is written once: that can take seconds.
        if form not in self._documents:
            here = [{"url": self._responder.contract.base_path or "/", "description": "This stub"}]
            document = {**self._responder.contract.document, "servers": here}
            self._documents[form] = (
                json.dumps(document, ensure_ascii=False)
                if form == "json"
                else yaml.dump(
                    document, None, yaml.CSafeDumper, sort_keys=False, allow_unicode=True
                )
            ).encode()
        return StubResponse.of(_FOUND, self._documents[form], f"application/{form}")

    def _tokens(self, scope: Scope) -> Mapping[str, str]:
        """Return a valid token for each scheme, as far as the client may know it.

        The contract's own example is no secret. A token of the command line is shown only on this
        machine.
        """
        local = self._is_local and is_from_here(scope["headers"])
        if self._settings.tokens and not local:
            return {}
        return {
            name: self._guard.valid(scheme)[0].decode("utf-8", "replace")
            for name, scheme in self._responder.contract.schemes.items()
        }
