"""The target of a run: the base URL of a server."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import NoReturn, Self

from ...spec.visible import cut, line

_EXAMPLE = "such as https://staging.example.com/api or http://127.0.0.1:8080"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535
_LONGEST_NAME = 253
_LONGEST_SHOWN = 100

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_ODD = re.compile(r"[^!-~]")
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class TargetError(ValueError):
    """An invalid base URL. The message gives the mistake and an example."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed base URL. Paths of the contract are appended to its prefix."""

    scheme: str
    """http or https."""
    host: str
    """A host name in lower case or an IP address; IPv6 in its shortest form, without brackets."""
    port: int
    prefix: str
    """The path as given, without trailing slashes; can be ''."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse a base URL. Raises TargetError."""
        shown = _shown(url)
        if not url:
            _refuse("the URL is empty")
        if odd := _ODD.search(url):
            _refuse(
                f"{shown}: {_called(odd[0])} at character {odd.start() + 1} has to be "
                "percent-encoded (in a host name: given in its xn-- form)"
            )
        match = _SCHEME.match(url)
        if match is None:
            _refuse(f"{shown}: it does not start with http:// or https://")
        scheme = match[1].lower()
        if scheme not in _DEFAULT_PORTS:
            _refuse(f"{shown}: the scheme is {scheme}; supported are http and https")
        if "?" in url or "#" in url:
            _refuse(f"{shown}: a base URL cannot have a query or a fragment; remove it")
        authority, slash, rest = url[match.end() :].partition("/")
        if "@" in authority:
            _refuse("the URL cannot have a user or a password; pass the token with --token-file")
        host, port = _host_and_port(authority, shown)
        return cls(
            scheme=scheme,
            host=host,
            port=_DEFAULT_PORTS[scheme] if port is None else port,
            prefix=(slash + rest).rstrip("/"),
        )

    @property
    def url(self) -> str:
        """The URL in its shortest form: without default port and trailing slash."""
        return f"{self.scheme}://{self.authority}{self.prefix}"

    @property
    def authority(self) -> str:
        """The value of the Host header: the host, and the port if it is not the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine: localhost, 127.0.0.0/8 or ::1."""
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return self.host == "localhost"
        return any(address in network for network in _LOOPBACK)


def _host_and_port(authority: str, shown: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        inside, bracket, behind = authority[1:].partition("]")
        if not bracket:
            _refuse(f"{shown}: the bracket of the IPv6 address is not closed")
        host = _ipv6(inside, shown)
        if behind and not behind.startswith(":"):
            _refuse(f"{shown}: only a port, as in [::1]:8080, may follow the IPv6 address")
        return host, _port(behind[1:], shown) if behind else None
    name, colon, behind = authority.partition(":")
    if ":" in behind:
        _refuse(f"{shown}: an IPv6 address needs brackets, as in http://[::1]:8080")
    return _name(name, shown), _port(behind, shown) if colon else None


def _ipv6(text: str, shown: str) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        _refuse(f"{shown}: the text in brackets is not an IPv6 address")
    if address.scope_id is not None:
        _refuse(f"{shown}: IPv6 zones (the part after %) are not supported")
    return address.compressed


def _name(text: str, shown: str) -> str:
    if not text:
        _refuse(f"{shown}: there is no host")
    labels = text.removesuffix(".").split(".")
    if len(text) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        _refuse(
            f"{shown}: the host is not a name; it has parts of at most 63 letters, digits, "
            "hyphens and underscores, joined by single dots"
        )
    # Some systems also interpret names such as 127.1 or 0x7f000001 as addresses.
    if re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            _refuse(f"{shown}: an IPv4 address is four numbers from 0 to 255, as in 127.0.0.1")
    return text.lower()


def _port(text: str, shown: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text) and 1 <= int(text) <= _LAST_PORT:
        return int(text)
    what = f"the port {_shown(text)} is not" if text else "there is no port after the colon; it is"
    return _refuse(f"{shown}: {what} a number from 1 to {_LAST_PORT}")


def _shown(text: str) -> str:
    """Return a URL for messages, without parts that can contain a secret."""
    plain = re.split(r"[?#]", text, maxsplit=1)[0]
    if "@" in plain:
        return "the URL"
    return f"'{line(cut(plain, _LONGEST_SHOWN))}'"


def _called(character: str) -> str:
    return "a space" if character == " " else f"U+{ord(character):04X}"


def _refuse(what: str) -> NoReturn:
    raise TargetError(
        f"{what}. A base URL has a scheme, a host, and optionally a port and a path, {_EXAMPLE}"
    )
