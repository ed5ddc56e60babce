"""Whether the stub responds: one more path of its application, which no client requests."""

from __future__ import annotations

import http.client
import secrets
import ssl
import time
from typing import TYPE_CHECKING

from .listening import AddressError, reachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from .listening import Endpoint

PATIENCE = 10.0
"""The time limit for the response to the first request, in seconds."""


class Awaited:
    """An application that responds to one more path, to show that the server is up."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self.path, self._raw = app, path, path.encode()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Respond to one request of ASGI."""
        return _ready(send) if scope["raw_path"] == self._raw else self._app(scope, receive, send)


async def _ready(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def new_path() -> str:
    """Return a path that no client requests."""
    return f"/{secrets.token_hex(16)}"


def wait_for_response(endpoint: Endpoint, path: str, alive: Callable[[], bool]) -> None:
    """Return when the stub responds; raise AddressError if it ended or never does."""
    end = time.monotonic() + PATIENCE
    while alive() and time.monotonic() < end:
        connection = _connection(endpoint)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise AddressError("the stub does not respond")


def _connection(endpoint: Endpoint) -> http.client.HTTPConnection:
    address, port = reachable(endpoint.addresses[0]), endpoint.port
    if endpoint.certificate is None:
        return http.client.HTTPConnection(address, port, timeout=PATIENCE)
    # It asks whether this process responds; nobody has to trust the certificate for that.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(address, port, timeout=PATIENCE, context=context)
