"""Waiting for a server that is starting, before anything is sent that counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..http.exchange import FailureKind, Request
from ..http.wire import seconds
from .client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..http.exchange import Exchange
    from ..http.target import Target
    from .connection_settings import ConnectionSettings

_PAUSE = 0.5
# What a gateway says while the server behind it is starting.
_STARTING = {502, 503, 504}


def wait_for(  # noqa: PLR0913 - four by name
    target: Target,
    connection: ConnectionSettings,
    *,
    timeout: float = 10.0,
    note: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return once a target responds, or after `connection.wait` seconds.

    Each attempt takes at most `timeout` seconds. What is sent here is no evidence: it carries no
    token, and is forgotten. `note` is called with a line if there is anything to wait for.
    """
    end = clock() + connection.wait
    is_told = False
    request = Request(
        "GET", f"{target.prefix}/".encode("latin-1"), headers=(("Connection", "close"),)
    )
    while (left := end - clock()) > 0:
        with Client(target, timeout=min(timeout, left), connection=connection) as client:
            if _has_started(client.send(request, alone=True)):
                return
        if not is_told:
            note(f"waiting up to {seconds(connection.wait)} for {target.url}")
            is_told = True
        if (left := end - clock()) > 0:
            sleep(min(_PAUSE, left))


def _has_started(exchange: Exchange) -> bool:
    """Whether the server responds, or waiting does not help."""
    if exchange.failure is None:
        return exchange.response is None or exchange.response.status not in _STARTING
    # Before it starts, connections may be accepted and closed, with TLS as well.
    is_certificate = (
        exchange.failure.kind is FailureKind.TLS and "certificate" in exchange.failure.message
    )
    return is_certificate or exchange.failure.kind is FailureKind.MALFORMED
