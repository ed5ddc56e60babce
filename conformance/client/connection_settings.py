"""How a server is reached: TLS, a proxy, a gateway in front of it, addresses of names.

The settings change the way to the server and nothing of what a request says: the headers for a
gateway are added to the bytes on the wire, and are no part of the recorded request.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...spec.secrets.masking import is_secret
from ..http.request_writer import PROXY_AUTHORIZATION, Route
from .http_proxy import HttpProxy, ProxyError, basic, environment_proxies, proxy_of_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..http.exchange import Headers
    from ..http.target import Target

BASIC_PASSWORD = "RUANGKERJA_BASIC_PASSWORD"  # noqa: S105 - the name of a variable
PROXY_PASSWORD = "RUANGKERJA_PROXY_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variables with the passwords for a gateway and for a proxy."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
# They frame a request, or the probes send them to test what the server makes of them.
_OF_REQUESTS = re.compile(
    r"accept|accept-encoding|connection|content-.*|expect|host|if-.*|keep-alive|proxy-.*|range|te"
    r"|trailer|transfer-encoding|upgrade",
    re.IGNORECASE,
)
# A response may have their values by right, such as an origin.
_PUBLIC = re.compile(
    r"accept-.*|cache-control|dnt|forwarded|from|origin|pragma|referer|sec-.*|user-agent|via"
    r"|x-forwarded-.*|x-requested-with",
    re.IGNORECASE,
)
# A shorter value, or one that may be words, occurs in responses by chance.
_SHORTEST_SECRET, _LONG = 8, 20
_SHORTEST_PASSWORD = 4


def header_variable(name: str) -> str:
    """Return the environment variable with the value of a header for a gateway."""
    return f"RUANGKERJA_HEADER_{re.sub('[^A-Za-z0-9]', '_', name).upper()}"


class SettingsError(ValueError):
    """Settings that cannot be used.

    The message begins with the name of the setting, gives the reason, and never has a secret.
    """


@dataclass(frozen=True)
class ConnectionSettings:
    """How servers are reached. Raises SettingsError for files or headers that cannot be used."""

    ca_file: Path | None = None
    """The certificate authorities to trust, instead of the system's."""
    cert: Path | None = None
    """The certificate of the client, with its key unless `key` is given."""
    key: Path | None = None
    headers: Headers = field(default=(), repr=False)
    """Headers for a gateway in front of the server. Their values count as secrets."""
    basic: tuple[str, str] | None = field(default=None, repr=False)
    """The user and the password for Basic authentication at a gateway."""
    proxy: HttpProxy | None = None
    """The proxy; None for the one that the environment names, if any."""
    resolve: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """The addresses to use for hosts and ports, instead of what their names resolve to."""
    wait: float = 0.0
    """The seconds to wait for a server that is starting."""
    environment: Mapping[str, str] = field(
        default_factory=environment_proxies, repr=False, compare=False
    )
    """The proxies of the environment by scheme, and those for 'all' and 'no' servers."""
    tls: ssl.SSLContext | None = field(init=False, repr=False, compare=False)
    """The TLS context; None for one that trusts the system's authorities."""

    def __post_init__(self) -> None:
        for name, value in self.headers:
            _check_header(name, value)
        object.__setattr__(self, "tls", self._tls())

    def proxy_for(self, target: Target) -> HttpProxy | None:
        """Return the proxy for a target, None without one. Raises ProxyError."""
        return self.proxy or proxy_of_environment(target, self.environment)

    def address_of(self, host: str, port: int) -> str:
        """Return the address, or the name, to connect to for a host and a port."""
        return self.resolve.get((host, port), host)

    @property
    def added(self) -> Headers:
        """The headers for the gateway, credentials first."""
        login = (("Authorization", basic(*self.basic)),) if self.basic else ()
        return (*login, *self.headers)

    def route(self, target: Target) -> Route:
        """Return what the way to a target adds to each request."""
        try:
            proxy = self.proxy_for(target)
        except ProxyError:
            proxy = None  # no request is sent
        if proxy is None:
            return Route(headers=self.added)
        if target.scheme == "https":
            return Route(headers=self.added, proxy=proxy.address)
        login = proxy.authorization
        for_proxy = ((PROXY_AUTHORIZATION, login),) if login else ()
        origin = f"{target.scheme}://{target.authority}".encode("latin-1")
        return Route(origin, (*for_proxy, *self.added), proxy.address)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no report may show, even if a response repeats it."""
        return tuple(dict.fromkeys(self._secrets()))

    def _secrets(self) -> Iterator[str]:
        for name, value in self.headers:
            distinct = len(value) >= _LONG or (len(value) >= _SHORTEST_SECRET and _has_digit(value))
            if not _PUBLIC.fullmatch(name) and (is_secret(name) or distinct):
                yield value
        for user, password in self._logins():
            yield basic(user, password).partition(" ")[2]
            long = len(password) >= _SHORTEST_SECRET
            if long or (len(password) >= _SHORTEST_PASSWORD and _has_digit(password)):
                yield password

    def _logins(self) -> Iterator[tuple[str, str]]:
        if self.basic:
            yield self.basic
        named = [self.proxy] if self.proxy else []
        for name, value in self.environment.items():
            if name != "no":
                try:
                    named.append(HttpProxy.parse(value))
                except ProxyError:
                    continue
        yield from ((proxy.user, proxy.password) for proxy in named if proxy.user)

    def _tls(self) -> ssl.SSLContext | None:
        if self.key and not self.cert:
            raise SettingsError(f"key {self.key}: it needs a certificate (cert)")
        if not (self.ca_file or self.cert):
            return None
        for name in ("ca_file", "cert", "key"):
            file: Path | None = getattr(self, name)
            try:
                if file is not None:
                    file.open("rb").close()
            except OSError as error:
                raise SettingsError(f"{name} {file}: {error.strerror}") from None
        try:
            context = default_tls(self.ca_file)
        except ssl.SSLError:
            problem = "the file contains no certificate"
            raise SettingsError(f"ca_file {self.ca_file}: {problem}") from None
        try:
            if self.cert is not None:
                # A key with a password would be asked for on the terminal.
                context.load_cert_chain(self.cert, self.key, password=lambda: b"")
        except ssl.SSLError:
            raise SettingsError(
                f"cert {self.cert}: the file contains no certificate, or there is no key without a "
                "password that fits it"
            ) from None
        return context


def default_tls(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return a TLS context for clients that trusts some authorities, or those of the system."""
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _check_header(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        # It may be NAME: VALUE, so it is not quoted.
        raise SettingsError("header: what comes before the first = is not the name of a header")
    if _OF_REQUESTS.fullmatch(name):
        raise SettingsError(
            f"header {name}: the requests have it themselves; it would change what is tested"
        )
    if not _VALUE.fullmatch(value) or value != value.strip():
        raise SettingsError(
            f"header {name}: the value is not valid; use one line of text without spaces around it"
        )
