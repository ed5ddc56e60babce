"""Names of this machine: whether a host, or the header Host of a request, is one."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORWARDED = {
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def host_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the host that a request calls its server, without its port.

    Returns "" for a request without one, and None for one that is not valid.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if not any(hosts):
        return ""
    try:
        [host] = hosts
        return urlsplit(f"//{host.decode('ascii')}").hostname
    except ValueError:
        return None


def is_from_here(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request calls its server by a name of this machine, and was sent on it.

    The header Host shows whether the name of a website leads here (DNS rebinding), and others show
    whether a gateway or a tunnel passed the request on.
    """
    headers = list(headers)
    if any(name in _FORWARDED for name, _ in headers):
        return False
    name = host_of(headers) or ""
    return is_loopback(name) or name.endswith(".localhost")
