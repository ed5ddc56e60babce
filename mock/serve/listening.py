"""Where servers listen: sockets, reserved ports, and the URLs of servers."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .certificate import Certificate

ANY_PORT = "; --port 0 chooses a free one"
"""The end of the message if a port cannot be listened on."""
_BACKLOG = 2048
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only looked up
_SHARES_PORTS = sys.platform == "linux"
_ATTEMPTS = 10

_T = TypeVar("_T")
_Resolved: TypeAlias = tuple[int, Any]
"""A family of addresses, and an address with its port."""


class AddressError(Exception):
    """The server cannot listen on the given address; the message is one line."""


class CertificateError(Exception):
    """The server cannot serve HTTPS with a certificate; the message is one line."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise AddressError if that fails."""
    return _bound(_resolved(host, port)[0], port, socket.SO_REUSEADDR, _BACKLOG)


def listen_everywhere(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each IP address of a host, all on one port.

    Raises AddressError if that fails.
    """
    addresses = _addresses(host, port)
    return _tried(addresses, port, lambda: _listen_at(addresses, port))


def _listen_at(addresses: Sequence[str], port: int) -> list[socket.socket]:
    with contextlib.ExitStack() as stack:
        sockets: list[socket.socket] = []
        for address in addresses:
            sockets.append(stack.enter_context(listen(address, port)))
            port = sockets[0].getsockname()[1]
        stack.pop_all()
    return sockets


class Endpoint(NamedTuple):
    """Where a server listens: one port of some IP addresses. With a certificate it is HTTPS."""

    addresses: tuple[str, ...]
    port: int
    certificate: Certificate | None = None

    def url(self, host: str) -> str:
        """Return the URL of the server, without a path; `host` is its name if it has one."""
        url = url_of(self.addresses[0], self.port, host)
        return url.replace("http", "https", 1) if self.certificate else url


@contextlib.contextmanager
def reserved(host: str, port: int, certificate: Certificate | None = None) -> Iterator[Endpoint]:
    """Reserve a port at all IP addresses of a host, for servers that open their own sockets.

    Port 0 is any. Raises AddressError if the port is taken.
    """
    addresses = _addresses(host, port)
    with contextlib.ExitStack() as held:
        found = _tried(addresses, port, lambda: _reserve(addresses, port, held))
        yield Endpoint(tuple(addresses), found, certificate)


def _tried(addresses: Sequence[str], port: int, attempt: Callable[[], _T]) -> _T:
    """Return what an attempt returns; a port that is free at one address may be taken at another.

    So it is tried again if any port will do. Raises AddressError if the last attempt does.
    """
    for _ in range(0 if port or len(addresses) == 1 else _ATTEMPTS - 1):
        with contextlib.suppress(AddressError):
            return attempt()
    return attempt()


def _reserve(addresses: Sequence[str], port: int, held: contextlib.ExitStack) -> int:
    try:
        for address in addresses:
            port = _reserve_one(address, port, held)
    except AddressError:
        held.close()
        raise
    return port


def _reserve_one(address: str, port: int, held: contextlib.ExitStack) -> int:
    if port or not _SHARES_PORTS:
        # Tried without sharing: two servers on one port would share its requests, too.
        with listen(address, port) as alone:
            port = int(alone.getsockname()[1])
    if not _SHARES_PORTS:
        return port
    # Sockets share a port if all opt in. A socket that does not listen gets nothing.
    bound = held.enter_context(_bound(_resolved(address, port)[0], port, socket.SO_REUSEPORT))
    return int(bound.getsockname()[1])


def _addresses(host: str, port: int) -> list[str]:
    found = [str(address[0]) for _, address in _resolved(host, port)]
    if host == "localhost":
        # Clients try both, whatever the hosts file says (RFC 6761, section 6.3).
        found += filter(_is_usable, _LOOPBACK.values())
    return list(dict.fromkeys(found))


def _is_usable(address: str) -> bool:
    try:
        listen(address, 0).close()
    except AddressError:
        return False
    return True


def _resolved(host: str, port: int) -> list[_Resolved]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a valid name"
        raise AddressError(f"{host} is not an address of this machine: {reason}") from None
    return [(family, address) for family, _, _, _, address in found]


def _bound(
    resolved: _Resolved,
    port: int,
    option: int,
    backlog: int | None = None,
) -> socket.socket:
    family, address = resolved
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind(address)
        if backlog is not None:
            bound.listen(backlog)
    except OSError as error:
        bound.close()
        hint = ANY_PORT if port else ""
        where = f"{address[0]}:{port}"
        raise AddressError(f"cannot listen on {where}: {error.strerror}{hint}") from None
    return bound


def reachable(address: str) -> str:
    """Return the address that a client on this machine connects to."""
    return _LOOPBACK.get(address, address)


def url_of(address: str, port: int, host: str) -> str:
    """Return the URL of a server, without a path; `host` is its name if it has one."""
    name = address if host in {"", *_LOOPBACK} else host
    name = reachable(name)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
