"""Answers what a browser asks for: the page at `/`, and what stands under `/-/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..http.response import StubResponse
from ..serve.loopback import asked_by_name, is_loopback
from . import facts
from .live import LiveRequests
from .swagger import Swagger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from ...spec.model import SecurityScheme
    from ..http.security import Guard
    from ..responder import Responder
    from ..settings import Settings
    from .live import Watchers

PREFIX = "/-/"
"""What the console's own paths begin with, below the root of the server."""
EVENTS = f"{PREFIX}events"

_FOUND, _FORBIDDEN = 200, 403
_PAGE = Path(__file__).with_name("page")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_GUARDED = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_ELSEWHERE = frozenset({b"cross-site", b"same-site"})


class Console:
    """What a browser is shown. Nothing of it changes what the stub answers."""

    def __init__(
        self, responder: Responder, guard: Guard, settings: Settings, watchers: Watchers
    ) -> None:
        self._responder, self._guard, self._settings = responder, guard, settings
        self._swagger = Swagger(responder.contract)
        self._files = {path.name: path for path in _PAGE.iterdir() if path.suffix in _TYPES}
        self.live = LiveRequests(responder.contract, guard, settings, watchers)

    def reply(self, scope: Scope, path: str | None) -> StubResponse | None:
        """Answer a request to read, or None where it is for nothing here.

        `path` is the path below the contract's server, None where it is not below it.
        """
        base = self._responder.contract.base_path
        asked: str = scope["path"]
        if asked in {"/", PREFIX}:
            return self._page(here=asked == PREFIX)
        if asked.startswith(PREFIX):
            return self._file(asked.removeprefix(PREFIX), scope)
        if base and asked.rstrip("/") == base:
            return StubResponse.of(307, b"", None, more=(("Location", "/"), *_GUARDED))
        return self._swagger.reply(path, self._tokens(scope)) if path is not None else None

    @staticmethod
    def is_stream(scope: Scope) -> bool:
        """Whether a request asks for the requests as they come."""
        return bool(scope["path"] == EVENTS)

    @staticmethod
    def owns(scope: Scope) -> bool:
        """Whether a request that no operation has is one of the page, not of somebody's client."""
        asked: str = scope["path"]
        return asked == "/" or asked.startswith(PREFIX)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> StubResponse | None:
        """Send requests as they come, for as long as the page is open; None once that is done.

        Where it is not to be sent, the reply that says so.
        """
        if self._settings_are_local and not asked_by_name(scope["headers"]):
            return _forbidden("this stub shows requests to a browser on its own machine alone")
        site = {value for name, value in scope["headers"] if name == b"sec-fetch-site"}
        if site & _ELSEWHERE:
            return _forbidden("this stub shows requests to its own page alone")
        return await self.live.stream(scope, receive, send)

    @property
    def _settings_are_local(self) -> bool:
        return is_loopback(self._settings.host)

    def _page(self, *, here: bool) -> StubResponse:
        text = self._files["index.html"].read_text(encoding="utf-8")
        if here:
            text = text.replace(f'"{PREFIX[1:]}', '"./')
        return StubResponse.of(_FOUND, text.encode(), _TYPES[".html"], more=_GUARDED)

    def _file(self, name: str, scope: Scope) -> StubResponse | None:
        if name == "console.json":
            told = facts.of(self._responder, self._settings, self._tokens(scope))
            data = json.dumps(told, ensure_ascii=True, allow_nan=False, default=str).encode()
            return StubResponse.of(_FOUND, data, "application/json", more=_GUARDED)
        path = self._files.get(name)  # by name alone: no path leads out of the folder
        if path is None:
            return None
        return StubResponse.of(_FOUND, path.read_bytes(), _TYPES[path.suffix], more=_GUARDED)

    def _tokens(self, scope: Scope) -> Mapping[str, str]:
        """Give a valid token for each scheme, as far as the asker may know it.

        The contract's own example is no secret. A token of the command line is shown on this
        machine alone.
        """
        local = self._settings_are_local and asked_by_name(scope["headers"])
        if self._settings.tokens and not local:
            return {}
        schemes: dict[str, SecurityScheme] = {
            scheme.id: scheme
            for operation in self._responder.contract.operations
            for each in operation.security
            for scheme in each
        }
        return {
            name: self._guard.valid(scheme)[0].decode("utf-8", "replace")
            for name, scheme in schemes.items()
        }


def _forbidden(text: str) -> StubResponse:
    return StubResponse.of(_FORBIDDEN, text.encode(), "text/plain; charset=utf-8", more=_GUARDED)
