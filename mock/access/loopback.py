"""Names of this machine: whether a host, or the header Host of a request, is one."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 9110, section 7.2. A browser writes a name in ASCII.
_HOST = re.compile(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._~!$&'()*+,;=%-]+))(?::[0-9]*)?"
)
# Endings that no website has a name with.
_PRIVATE = (".localhost", ".internal", ".local", ".svc", ".test")
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


def is_of_this_machine(name: str) -> bool:
    """Whether a host is this machine, or a name that always leads to it (RFC 6761)."""
    return is_loopback(name) or name.endswith(".localhost")


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
    found = _HOST.fullmatch(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
    return found["address"] or found["name"].lower() if found else None


def is_own_name(host: str, names: Iterable[str], *, is_local: bool) -> bool:
    """Whether a server may be called by a host, so that no website's name leads to it.

    `names` are further names of the server in lower case. A name that begins with a dot stands for
    all that end with it. A server that is not `is_local` has names in its own network, too.
    """
    name = host.removesuffix(".")
    # A browser always sends a name, and only names can be led elsewhere.
    if name in ("", "localhost") or is_address(name) or name.endswith(".localhost"):
        return True
    if any(name == known or (known[:1] == "." and name.endswith(known)) for known in names):
        return True
    return not is_local and ("." not in name or name.endswith(_PRIVATE))


def is_from_here(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request calls its server by a name of this machine, and was sent on it.

    The header Host shows whether the name of a website leads here (DNS rebinding), and others show
    whether a gateway or a tunnel passed the request on.
    """
    headers = list(headers)
    if any(name in _FORWARDED for name, _ in headers):
        return False
    return is_of_this_machine(host_of(headers) or "")
