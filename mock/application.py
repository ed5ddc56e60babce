"""The outermost ASGI application, which handles every exchange.

It reads the request, adds CORS headers, responds to OPTIONS and HEAD, turns every exception into an
error response of the contract, and sends the response.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .access import cors
from .access.client_profiles import ClientProfiles
from .access.own_pages import OwnPages
from .console import Console
from .control.control import Control
from .control.interface import Interface
from .http import paths, preferences
from .http.error_response import ErrorResponse
from .http.incoming_body import check_framing, receive_body
from .http.request_parser import IncomingRequest
from .http.unrouted import Unrouted
from .pages import Pages
from .responder import NONE
from .response import BODY, FORGETS, STARTED, UNWATCHED, ConnectionCut, StubResponse, gone_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..spec.model.operation import Operation
    from ..spec.routes import Found
    from .access.client_profiles import ClientProfile
    from .access.security import Guard
    from .faults.preferred import PreferredFaults
    from .http.preferences import Preferences
    from .responder import Responder
    from .response import Headers
    from .settings import Settings

log = logging.getLogger("ruangkerja.mock")

_INTERNAL = 500
# What the stub stores in the scope of a request.
_FOUND = "ruangkerja.found"
_START, _BODY_PART = "http.response.start", "http.response.body"


class Application:
    """The application that the server calls; `inner` routes and secures, and calls `respond`.

    `watchers` are called before each response is sent, with the scope, the response and the seconds
    that it took. `pages` respond to requests outside the contract.
    """

    inner: ASGIApp

    def __init__(self, responder: Responder, guard: Guard, settings: Settings) -> None:
        self.responder, self.settings = responder, settings
        self.watchers: list[Callable[[Scope, StubResponse, float], None]] = []
        self._guard = guard
        self._base = responder.contract.base_path
        self._unrouted = Unrouted(responder.contract)
        self._profiles = ClientProfiles(responder.contract)
        self.console = Console(responder, guard, settings, self.watchers)
        own_pages = OwnPages(settings.host, settings.allowed_hosts)
        self.control = Control(responder)
        interface = Interface(self.control, responder.contract, guard, settings, own_pages)
        self.pages = Pages(self.console, interface, own_pages, self._unrouted)
        self._faults: PreferredFaults | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one HTTP request of ASGI."""
        if self.watchers and STARTED not in scope:
            scope[STARTED] = time.perf_counter()
        try:
            reply = self._by_profile(scope)
            if reply is None:
                await self._pass_on(scope, receive, send)
            elif reply.delay or self.settings.latency or reply.cut is not None:
                await self._send(scope, receive, send, reply)
            else:
                # As `_send` does, but most requests need no coroutine of their own for it.
                await send(self._started(scope, reply))
                await send({"type": _BODY_PART, "body": reply.body})
        except Exception as error:  # noqa: BLE001 - any error gets a response of the contract
            await self._send(scope, receive, send, self._failed(scope, error))

    def end_streams(self) -> None:
        """End all event streams soon; may be called from any thread."""
        self.console.live.close()

    def _by_profile(self, scope: Scope) -> StubResponse | None:
        """Respond without routing and security if they let the client in to the operation before.

        Return None if they have to decide.
        """
        profile = self._profiles.of(scope)
        if profile is None:
            return None
        found = self._profiles.operation_at(scope["raw_path"])
        if found is None:
            return None
        operation, names = found
        if operation.id not in profile.let_in:
            scope[_FOUND] = (operation, profile)
            return None
        return self.responder.respond(operation, _incoming(names, scope, b"", profile))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        paths.check_host(scope)
        check_framing(scope["headers"])
        if len(scope.get("raw_path") or b"") > paths.LONGEST:
            raise self._not_routed(scope)
        if scope["method"] == "OPTIONS":
            reply = self._options(scope)
            if reply is not None:
                await self._send(scope, receive, send, reply)
                return
        if b"%2" in (scope.get("raw_path") or b""):
            # An escaped slash is part of a name, so routing must not split there.
            scope["path"] = paths.decoded(scope["raw_path"])
        wanted = scope.get(preferences.SCOPE) or _preferred(scope)
        if wanted is not None:
            scope[preferences.SCOPE] = wanted
            if wanted.fault is not None:
                await self._broken(wanted, scope, receive, send)
                return
        await self.inner(scope, receive, send)

    async def respond(
        self, operation: Operation | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Respond to an authorized request; `operation` is None for a page of the stub."""
        path = paths.below(self._base, scope)
        names = operation.match(path) if operation and path is not None else None
        if operation is None or names is None:
            page = await self.pages.respond(scope, receive, send, path)
            if page is not None:
                await self._send(scope, receive, send, page)
            return
        body = b""
        if operation.body is not None:
            scope[BODY] = body = await receive_body(scope["headers"], receive)
        found, profile = scope.get(_FOUND, (None, None))
        if found is operation:
            profile.let_in.add(operation.id)
        else:
            profile = None
        incoming = _incoming(names, scope, body, profile)
        wanted = scope.get(preferences.SCOPE, NONE)
        reply = self.responder.respond(operation, incoming, wanted)
        await self._send(scope, receive, send, reply)

    async def _broken(
        self, wanted: Preferences, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Respond like a server with the preferred fault."""
        # Imported here: few requests ask for a fault, and the catalogue takes time to read.
        from .faults.preferred import PreferredFaults  # noqa: PLC0415

        if self._faults is None:
            contract, faults = self.responder.contract, self.responder.faults
            self._faults = PreferredFaults(self, contract, faults, self._guard.token())
        self._faults.check(wanted)
        found = self._operation_of(scope)
        if found is not None:
            wanted = self.responder.held(found[0], _incoming(found[1], scope, b"", None), wanted)
        scope[preferences.SCOPE] = wanted
        if wanted.fault is None:
            await self.inner(scope, receive, send)
            return
        # Requests that the faulty server sends to the stub are not logged.
        inner = {name: value for name, value in scope.items() if name != _FOUND}
        inner[UNWATCHED] = True
        note = partial(self._note, scope)
        await self._faults.respond(wanted, inner, receive, send, note)

    def _operation_of(self, scope: Scope) -> Found | None:
        """Return the operation of a request, or another one of its path, None if there is none."""
        path = paths.below(self._base, scope)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        return None if path is None else self.responder.contract.routes.nearest(method, path)

    def _not_routed(self, scope: Scope) -> ErrorResponse:
        return self._unrouted.response(
            scope["method"], paths.below(self._base, scope), scope["path"]
        )

    def _options(self, scope: Scope) -> StubResponse | None:
        """Respond to OPTIONS; return None if the path is unknown or has an operation for it."""
        path = paths.below(self._base, scope)
        if path is None or self.responder.contract.routes.find("OPTIONS", path) is not None:
            return None
        allowed = self._unrouted.allowed(path)
        if not allowed:
            return None
        named = (b"allow", ", ".join(allowed).encode())
        return StubResponse(204, (named, *cors.preflight(scope["headers"], allowed)), b"")

    def _failed(self, scope: Scope, error: Exception) -> StubResponse:
        if isinstance(error, ConnectionCut):
            raise error
        error_response = error if isinstance(error, ErrorResponse) else None
        if error_response is None and getattr(error, "status_code", None) in {404, 405}:
            error_response = self._not_routed(scope)
        if error_response is None:
            log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
            error_response = ErrorResponse(
                _INTERNAL, "Something went wrong", "the stub failed; see its log"
            )
        path = paths.below(self._base, scope)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = self.responder.contract.routes.find(method, path) if path is not None else None
        return self.responder.errors.reply(error_response, found[0] if found else None)

    async def _send(self, scope: Scope, receive: Receive, send: Send, reply: StubResponse) -> None:
        delay = reply.delay + self.settings.latency
        if delay:
            left = await gone_within(delay, receive)
            reply = replace(reply, delay=delay, left=left)
        await send(self._started(scope, reply))
        body = b"" if scope["method"] == "HEAD" else reply.body
        if reply.cut is None:
            await send({"type": _BODY_PART, "body": body})
        else:
            await send({"type": _BODY_PART, "body": body[: reply.cut], "more_body": True})
            raise ConnectionCut

    def _started(self, scope: Scope, reply: StubResponse) -> dict[str, Any]:
        """Note a request, and return the beginning of its response."""
        headers = self._headers(scope, reply)
        if self.watchers:
            # Before it is sent: whoever has the response finds the request in the log.
            self._note(scope, reply)
        return {"type": _START, "status": reply.status, "headers": headers}

    def _headers(self, scope: Scope, reply: StubResponse) -> Headers:
        for name, value in scope["headers"]:
            if name == b"origin":
                return (
                    (*reply.headers, *cors.headers(value))
                    if self._is_in_contract(scope)
                    else reply.headers
                )
        return reply.headers

    def _is_in_contract(self, scope: Scope) -> bool:
        path = paths.below(self._base, scope)
        return path is not None and bool(self.responder.contract.routes.at(path))

    def _note(self, scope: Scope, reply: StubResponse) -> None:
        if UNWATCHED not in scope:
            took = time.perf_counter() - scope.get(STARTED, 0.0)
            for watcher in self.watchers:
                try:
                    watcher(scope, reply, took)
                except Exception:  # the response is sent all the same
                    log.exception("%s %s was not logged", scope["method"], scope["path"])


def _incoming(
    names: Mapping[str, str], scope: Scope, body: bytes, profile: ClientProfile | None
) -> IncomingRequest:
    return IncomingRequest(
        scope["method"],
        names,
        scope["query_string"],
        scope["headers"],
        body,
        profile,
        scope.get(FORGETS, False),
    )


def _preferred(scope: Scope) -> Preferences | None:
    values = [value for name, value in scope["headers"] if name == preferences.HEADER]
    return preferences.read(b", ".join(values).decode("latin-1")) if values else None
