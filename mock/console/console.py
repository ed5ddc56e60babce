"""The responses of the console: the page at `/`, and its files below `/-/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..http.loopback import asked_by_name, is_loopback
from ..response import StubResponse
from . import facts
from .live import LiveRequests
from .swagger import Swagger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from ..http.security import Guard
    from ..responder import Responder
    from ..settings import Settings
    from .live import Watchers

PREFIX = "/-/"
"""The prefix of the console's own paths."""
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
    """The console. It does not change the responses of the operations."""

    def __init__(
        self, responder: Responder, guard: Guard, settings: Settings, watchers: Watchers
    ) -> None:
        self._responder, self._guard, self._settings = responder, guard, settings
        self._is_local = is_loopback(settings.host)
        self._swagger = Swagger(responder.contract)
        self._files = {path.name: path for path in _PAGE.iterdir() if path.suffix in _TYPES}
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
            return StubResponse.of(307, b"", None, more=(("Location", "/"), *_GUARDED))
        return self._swagger.reply(path, self._tokens(scope)) if path is not None else None

    @staticmethod
    def is_stream(scope: Scope) -> bool:
        """Whether a request is for the event stream of requests."""
        return bool(scope["path"] == EVENTS)

    @staticmethod
    def owns(scope: Scope) -> bool:
        """Whether a request to no operation is one of the page, and not of a client."""
        target: str = scope["path"]
        return target == "/" or target.startswith(PREFIX)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> StubResponse | None:
        """Send the requests as events until the page is closed, and return None.

        Return a response instead if the stream must not be sent.
        """
        if self._is_local and not asked_by_name(scope["headers"]):
            return _forbidden("this stub shows requests only to a browser on the same machine")
        site = {value for name, value in scope["headers"] if name == b"sec-fetch-site"}
        if site & _ELSEWHERE:
            return _forbidden("this stub shows requests only to its own page")
        return await self.live.stream(scope, receive, send)

    def _page(self, *, here: bool) -> StubResponse:
        text = self._files["index.html"].read_text(encoding="utf-8")
        if here:
            text = text.replace(f'"{PREFIX[1:]}', '"./')
        return StubResponse.of(_FOUND, text.encode(), _TYPES[".html"], more=_GUARDED)

    def _file(self, name: str, scope: Scope) -> StubResponse | None:
        if name == "console.json":
            shown = facts.of(self._responder, self._settings, self._tokens(scope))
            data = json.dumps(shown, ensure_ascii=True, allow_nan=False, default=str).encode()
            return StubResponse.of(_FOUND, data, "application/json", more=_GUARDED)
        path = self._files.get(name)  # by name alone: no path leads out of the folder
        if path is None:
            return None
        return StubResponse.of(_FOUND, path.read_bytes(), _TYPES[path.suffix], more=_GUARDED)

    def _tokens(self, scope: Scope) -> Mapping[str, str]:
        """Return a valid token for each scheme, as far as the client may know it.

        The contract's own example is no secret. A token of the command line is shown only on this
        machine.
        """
        local = self._is_local and asked_by_name(scope["headers"])
        if self._settings.tokens and not local:
            return {}
        return {
            name: self._guard.valid(scheme)[0].decode("utf-8", "replace")
            for name, scheme in self._responder.contract.schemes.items()
        }


def _forbidden(text: str) -> StubResponse:
    return StubResponse.of(_FORBIDDEN, text.encode(), "text/plain; charset=utf-8", more=_GUARDED)
