"""Loopback: whether a host is this machine alone."""

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


def asked_by_name(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request calls its server by a name of this machine.

    The header Host shows whether the name of a foreign page leads here (DNS rebinding).
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return False
    try:
        name = urlsplit(f"//{hosts[0].decode('latin-1')}").hostname
    except ValueError:
        return False
    return name is not None and (is_loopback(name) or name.endswith(".localhost"))
