"""The connection settings from the texts of options. Every mistake is one line without secrets."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from click import UsageError

from ..client.connection_settings import (
    BASIC_PASSWORD,
    PROXY_PASSWORD,
    ConnectionSettings,
    SettingsError,
    header_variable,
)
from ..client.http_proxy import HttpProxy, ProxyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LAST_PORT = 65535
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_RESOLVE = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+):(?P<port>[0-9]{1,5}):(?P<address>.+)")


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """The options as they are given, and the environment that has what they leave out."""

    environment: Mapping[str, str]
    ca_file: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    headers: tuple[str, ...] = ()
    basic: str | None = None
    proxy: str | None = None
    resolve: tuple[str, ...] = ()
    wait: float | None = None

    def settings(self) -> ConnectionSettings:
        """Return the settings. Raises UsageError."""
        try:
            return ConnectionSettings(
                ca_file=self.ca_file,
                cert=self.cert,
                key=self.key,
                headers=tuple(self._header(text) for text in self.headers),
                basic=self._login(),
                proxy=self._proxy(),
                resolve=dict(self._addresses()),
                wait=self.wait or 0.0,
            )
        except SettingsError as error:
            name, space, problem = str(error).partition(" ")
            raise UsageError(f"--{name.replace('_', '-')}{space}{problem}") from None

    def _header(self, text: str) -> tuple[str, str]:
        name, sign, value = text.partition("=")
        if not sign:
            # What is no name may be a secret.
            variable = header_variable(name if _NAME.fullmatch(name) else "NAME")
            if variable not in self.environment:
                what = "use NAME=VALUE, NAME=@FILE, or NAME alone with the value in the variable"
                raise UsageError(f"--header: {what} {variable}")
            return name, self.environment[variable]
        return name, _read(Path(value[1:]), f"--header {name}") if value[:1] == "@" else value

    def _login(self) -> tuple[str, str] | None:
        if self.basic is None:
            return None
        user, sign, file = self.basic.partition(":")
        if not user:
            raise UsageError("--basic: use USER:FILE; FILE contains the password")
        if sign:
            return user, _read(Path(file), "--basic")
        return user, self._variable(
            BASIC_PASSWORD, "--basic: use USER:FILE, or USER with the password in"
        )

    def _proxy(self) -> HttpProxy | None:
        if self.proxy is None:
            return None
        try:
            proxy = HttpProxy.parse(self.proxy)
        except ProxyError as error:
            raise UsageError(f"--proxy: {error}") from None
        if proxy.password:
            raise UsageError(
                "--proxy: the password would be visible to other users of this machine; put it "
                f"into {PROXY_PASSWORD}, or give the proxy in HTTPS_PROXY"
            )
        if not proxy.user:
            return proxy
        return replace(
            proxy,
            password=self._variable(PROXY_PASSWORD, "--proxy: put the password of the user into"),
        )

    def _variable(self, name: str, what: str) -> str:
        if name not in self.environment:
            raise UsageError(f"{what} the variable {name}, which is not set")
        return self.environment[name]

    def _addresses(self) -> Iterator[tuple[tuple[str, int], str]]:
        for text in self.resolve:
            found = _RESOLVE.fullmatch(text)
            address = _address(found["address"].strip("[]")) if found else None
            if found is None or address is None or not 1 <= int(found["port"]) <= _LAST_PORT:
                raise UsageError(
                    f"--resolve {text!r}: use HOST:PORT:ADDRESS, such as "
                    "staging.example.com:443:10.0.0.7"
                )
            yield (found["host"].strip("[]").lower(), int(found["port"])), address


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _read(file: Path, option: str) -> str:
    """Return the one line in a file with a secret."""
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        # The name is not quoted: it may be the secret, where a file is expected.
        raise UsageError(f"{option}: the file with the secret cannot be read: {why}") from None
