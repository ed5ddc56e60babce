"""HTTP proxies: which one leads to a target, and what it has to be sent."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from ..http.exchange import FailureKind
from ..http.request_writer import LOGIN_REQUIRED, PROXY_LOGIN
from ..http.target import Target, TargetError
from ..http.wire import WireError, seconds

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from ..http.wire import Deadline

_SCHEME = "http://"
_STATUS = re.compile(rb"HTTP/1\.[01] (?P<status>[0-9]{3})(?: (?P<reason>[^\r\n]*))?\r?\n")
_LARGEST_HEAD = 65_536


class ProxyError(ValueError):
    """A proxy that cannot be used. The message gives the reason, and never a password."""


@dataclass(frozen=True, slots=True)
class HttpProxy:
    """An HTTP proxy. `user` is empty if it asks for no login."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse http://[USER[:PASSWORD]@]HOST[:PORT]. Raises ProxyError."""
        scheme, sign, rest = text.rpartition("://")
        if sign and scheme.lower() != "http":
            raise ProxyError("only proxies with http:// are supported")
        login, _, address = rest.rpartition("@")
        user, _, password = login.partition(":")
        try:
            target = Target.parse(_SCHEME + address)
        except TargetError:
            target = None
        if target is None or target.prefix:
            raise ProxyError("a proxy is given as http://HOST:PORT or http://USER@HOST:PORT")
        return cls(target.host, target.port, unquote(user), unquote(password))

    @property
    def address(self) -> str:
        """The host and the port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL, without user and password."""
        return _SCHEME + self.address

    @property
    def authorization(self) -> str | None:
        """The value of Proxy-Authorization, or None if the proxy asks for no login."""
        return basic(self.user, self.password) if self.user else None


def basic(user: str, password: str) -> str:
    """Return credentials for Basic authentication (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def environment_proxies() -> dict[str, str]:
    """Return the proxies of the environment: by scheme, and 'all' and 'no'.

    As everywhere, https_proxy comes before HTTPS_PROXY.
    """
    found = {}
    for name in ("http", "https", "all", "no"):
        value = os.environ.get(f"{name}_proxy") or os.environ.get(f"{name.upper()}_PROXY")
        if value:
            found[name] = value
    return found


def proxy_of_environment(target: Target, proxies: Mapping[str, str]) -> HttpProxy | None:
    """Return the proxy that the environment names for a target, or None.

    An address of this machine never has one. Raises ProxyError.
    """
    name = next((name for name in (target.scheme, "all") if name in proxies), None)
    if name is None or target.is_loopback or _is_left_out(target, proxies.get("no", "")):
        return None
    try:
        return HttpProxy.parse(proxies[name])
    except ProxyError as error:
        raise ProxyError(f"{name.upper()}_PROXY: {error}") from None


def open_tunnel(
    connected: socket.socket, proxy: HttpProxy, authority: str, deadline: Deadline
) -> None:
    """Open a tunnel to a host and port over a connection to a proxy. Raises WireError."""
    login = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.user else ""
    request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{login}\r\n"
    head = b""
    try:
        connected.settimeout(deadline.remaining())
        connected.sendall(request.encode("latin-1"))
        while b"\n\r\n" not in head and b"\n\n" not in head and len(head) < _LARGEST_HEAD:
            connected.settimeout(deadline.remaining())
            # The server behind it does not speak first, so that nothing of it is read here.
            data = connected.recv(4096)
            if not data:
                break
            head += data
    except TimeoutError:
        late = seconds(deadline.seconds)
        raise _refused(proxy, f"did not open a tunnel to {authority} within {late}") from None
    except OSError as error:
        why = (error.strerror or "no connection").lower()
        raise _refused(proxy, f"did not open a tunnel to {authority}: {why}") from None
    status = _STATUS.match(head)
    if status is None:
        raise _refused(proxy, "does not respond as an HTTP proxy does")
    number = int(status["status"])
    if number not in range(200, 300):
        reason = (status["reason"] or b"").decode("latin-1").strip()
        raise no_tunnel(proxy, authority, number, reason)


def no_tunnel(proxy: HttpProxy, authority: str, status: int, reason: str = "") -> WireError:
    """Return what a status of a proxy says about a tunnel to a host and port."""
    if status == LOGIN_REQUIRED:
        return _refused(proxy, PROXY_LOGIN[bool(proxy.user)])
    return _refused(proxy, f"refuses a tunnel to {authority}: {status} {{quoted}}", reason)


def _refused(proxy: HttpProxy, what: str, quoted: str = "") -> WireError:
    return WireError(FailureKind.PROXY, f"The proxy {proxy.address} {what}.", quoted)


def _is_left_out(target: Target, no_proxy: str) -> bool:
    """Whether NO_PROXY names a target: by name, domain, address, network, or *."""
    return any(_names(entry.strip().lower(), target) for entry in no_proxy.split(","))


def _names(entry: str, target: Target) -> bool:
    if not entry or entry == "*":
        return bool(entry)
    try:
        return ipaddress.ip_address(target.host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        pass  # one of them is a name, or the entry has a port
    host, colon, port = entry.rpartition(":")
    if colon and port.isdecimal():
        entry = host.strip("[]")
        if int(port) != target.port:
            return False
    domain = entry.lstrip("*").lstrip(".")
    return target.host == domain or target.host.endswith(f".{domain}")
