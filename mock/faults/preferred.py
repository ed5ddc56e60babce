"""Responses like those of a server with a fault, to requests that prefer one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.describing import actual
from ..http import preferences
from ..http.incoming_body import receive_body, received_again
from ..response import gone_within
from .faulty import Faulty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ...spec.contract import Contract
    from ..http.preferences import Preferences
    from ..response import StubResponse
    from .call import Call, Response
    from .fault import Fault


_MOST = 32
"""The maximum number of servers; before there are more, the one used longest ago is removed."""


class PreferredFaults:
    """The servers with the faults that were preferred last, by fault and the id of the request.

    Each counts and remembers its own requests.
    """

    def __init__(
        self, app: ASGIApp, contract: Contract, faults: Mapping[str, Fault], token: str
    ) -> None:
        self._app, self._contract, self._faults, self._token = app, contract, faults, token
        self._servers: dict[tuple[str, str | None], Faulty] = {}

    def check(self, wanted: Preferences) -> None:
        """Raise ErrorResponse if the preferred fault does not exist."""
        name = wanted.fault or ""
        if name not in self._faults:
            raise preferences.unknown(f"fault={actual(name)}", name, self._faults)

    async def respond(
        self,
        wanted: Preferences,
        scope: Scope,
        receive: Receive,
        send: Send,
        note: Callable[[StubResponse], None],
    ) -> None:
        """Respond with the preferred fault, applied to what else is preferred.

        `note` is called with the response before it is sent.
        """
        name, left = wanted.fault or "", False
        server = self._server(name, wanted.id)

        def report(call: Call, response: Response, conforming: Response) -> Response:
            touched = response.touched(call, conforming)
            reply = response.noted()
            note(replace(reply, delay=reply.delay + wanted.delay, fault=name, left=left))
            applied = preferences.of_fault(wanted, dict(conforming.headers), touched)
            return response.with_header(preferences.APPLIED.decode(), applied)

        if wanted.delay:
            body = await receive_body(scope["headers"], receive)
            left = await gone_within(wanted.delay, receive)
            receive = received_again(body, receive)
        headers = [each for each in scope["headers"] if each[0] != preferences.HEADER]
        headers.append((preferences.HEADER, b""))  # so that no profile decides
        rest = wanted.without("fault", "delay")
        inner = {**scope, "headers": headers, preferences.SCOPE: rest}
        await server(inner, receive, send, report)

    def _server(self, name: str, id_: str | None) -> Faulty:
        server = self._servers.pop((name, id_), None)
        if server is None:
            server = Faulty(self._app, self._contract, self._faults[name], self._token)
            if len(self._servers) >= _MOST:
                del self._servers[next(iter(self._servers))]
        self._servers[name, id_] = server  # the latest is the last
        return server
