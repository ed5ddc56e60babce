"""What the stub serves outside its contract: the console, the control interface and its health."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .access.own_pages import guarded
from .http.incoming_body import receive_body
from .response import UNWATCHED

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from .access.own_pages import OwnPages
    from .console import Console
    from .control.interface import Interface
    from .http.unrouted import Unrouted
    from .response import StubResponse


class Pages:
    """The responses to requests that no operation of the contract has.

    `more` respond to further paths, or return None for others.
    """

    def __init__(
        self, console: Console, control: Interface, own_pages: OwnPages, unrouted: Unrouted
    ) -> None:
        self._console, self._control = console, control
        self._own_pages, self._unrouted = own_pages, unrouted
        self.more: list[Callable[[str], StubResponse | None]] = []

    async def respond(
        self, scope: Scope, receive: Receive, send: Send, path: str | None
    ) -> StubResponse | None:
        """Return the response to a request, None if a stream was sent instead.

        `path` is below the contract's server, None elsewhere. Raises ErrorResponse.
        """
        reply, console = None, self._console
        if scope["method"] in {"GET", "HEAD"}:
            reply = next(filter(None, (each(scope["path"]) for each in self.more)), None)
            if reply is not None or console.owns(scope):
                scope[UNWATCHED] = True
            reply = reply or console.reply(scope, path)
            is_stream = scope["method"] == "GET" and console.is_stream(scope)
            if reply is not None or is_stream:
                self._own_pages.check(scope["headers"])
            if reply is None and is_stream:
                reply = await console.live.stream(scope, receive, send)
                if reply is None:
                    return None
        elif scope["method"] == "POST" and console.takes(scope):
            scope[UNWATCHED] = True
            self._own_pages.check(scope["headers"])
            sent = await receive_body(scope["headers"], receive)
            # In a thread: large bodies take long to judge, and others wait for their responses.
            reply = await asyncio.to_thread(console.answer, scope, sent)
        if reply is None:
            reply = await self._control.reply(scope, receive)
            if reply is None:
                raise self._unrouted.response(scope["method"], path, scope["path"])
            scope[UNWATCHED] = True
        return guarded(reply)
