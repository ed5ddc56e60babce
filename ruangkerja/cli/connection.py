"""The options that say how a server is reached, the same ones on every command that connects."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from .ending import Ending
from .options import FILE, SOME, read_as

if TYPE_CHECKING:
    from pathlib import Path

    from ..conformance.client.connection_settings import ConnectionSettings


def settings_of(
    ca_file: Path | None,
    cert: Path | None,
    key: Path | None,
    headers: tuple[str, ...],
    basic: str | None,
    proxy_url: str | None,
    resolve: tuple[str, ...],
    wait: float | None,
) -> ConnectionSettings:
    """Return the connection settings of the options and the environment."""
    from ..conformance.config.connection_arguments import ConnectionOptions

    given = ConnectionOptions(
        os.environ, ca_file, cert, key, headers, basic, proxy_url, resolve, wait
    )
    settings = given.settings()
    Ending.current().secrets.update(settings.secrets)
    return settings


def tls_of(ca_file: Path | None, cert: Path | None, key: Path | None) -> ConnectionSettings:
    """Return the connection settings of the options about TLS alone."""
    return settings_of(ca_file, cert, key, (), None, None, (), None)


_TLS = (
    click.option(
        "--ca-file",
        type=FILE,
        help="The certificate authorities to trust, instead of the system's.",
    ),
    click.option("--cert", type=FILE, help="The certificate of the client, in PEM format."),
    click.option("--key", type=FILE, help="The key of --cert, if it is in a file of its own."),
)
TLS = read_as("connection", tls_of, *_TLS)
"""Adds the options about TLS; the command gets ConnectionSettings."""
CONNECTION = read_as(
    "connection",
    settings_of,
    *_TLS,
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME=VALUE",
        hide_input=True,
        help="A header for a gateway in front of the server. NAME=@FILE reads the value from a "
        "file, and NAME alone from the variable RUANGKERJA_HEADER_NAME. Repeatable.",
    ),
    click.option(
        "--basic",
        metavar="USER:FILE",
        help="Basic authentication at a gateway, with the password in FILE. USER alone takes it "
        "from RUANGKERJA_BASIC_PASSWORD.",
    ),
    click.option(
        "--proxy",
        "proxy_url",
        metavar="URL",
        help="The HTTP proxy, as http://HOST:PORT or http://USER@HOST:PORT with the password in "
        "RUANGKERJA_PROXY_PASSWORD. Default: HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY names the "
        "server or it runs on this machine.",
    ),
    click.option(
        "--resolve",
        multiple=True,
        metavar="HOST:PORT:ADDRESS",
        help="Connect to this address for a host and a port. Repeatable.",
    ),
    click.option(
        "--wait",
        type=SOME,
        metavar="SECONDS",
        help="Wait up to this time for a server that is starting.",
    ),
)
"""Adds the options; the command gets ConnectionSettings."""
