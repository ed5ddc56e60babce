"""Names of this machine: whether a host, or the header Host of a request, is one."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def asked_by_name(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request calls its server by a name of this machine.

    The header Host shows whether the name of a foreign page leads here (DNS rebinding).
    """
    name = host_of(headers)
    return bool(name) and (is_loopback(name) or name.endswith(".localhost"))
