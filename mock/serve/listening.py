"""Where servers listen: sockets, reserved ports, and the URLs of servers."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BACKLOG = 2048
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only looked up


class AddressError(Exception):
    """The server cannot listen on the given address; the message is one line."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise AddressError if that fails."""
    return _bound(host, port, socket.SO_REUSEADDR, _BACKLOG)


@contextlib.contextmanager
def reserved(host: str, port: int) -> Iterator[tuple[str, int]]:
    """Reserve an IP address and a port for a server that opens its own socket; port 0 is any.

    Raises AddressError if the port is taken.
    """
    if port or sys.platform != "linux":
        # Tried without sharing: two servers on one port would share its requests, too.
        with listen(host, port) as alone:
            address = alone.getsockname()[:2]
    if sys.platform != "linux":
        yield address
        return
    # On Linux, sockets can share a port if all opt in. A socket that does not listen gets nothing.
    with _bound(host, port, socket.SO_REUSEPORT) as held:
        yield held.getsockname()[:2]


def _bound(host: str, port: int, option: int, backlog: int | None = None) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise AddressError(f"{host} is not an address of this machine: {error.strerror}") from None
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind(address)
        if backlog is not None:
            bound.listen(backlog)
    except OSError as error:
        bound.close()
        hint = "; --port 0 chooses a free one" if port else ""
        raise AddressError(f"cannot listen on {host}:{port}: {error.strerror}{hint}") from None
    return bound


def reachable(address: str) -> str:
    """Return the address that a client on this machine connects to."""
    return _LOOPBACK.get(address, address)


def url_of(address: str, port: int, host: str) -> str:
    """Return the URL of a server, without a path; `host` is its name if it has one."""
    name = address if host in {"", *_LOOPBACK} else host
    name = reachable(name)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
