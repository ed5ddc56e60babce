"""Certificates of an authority of the tests, for a server and for a client."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Authority:
    """A folder with ca.pem, and server.pem and client.pem that it signed, with server.key and so
    on."""

    folder: Path
    openssl: str

    def make(self) -> None:
        """Make all files."""
        self._request("ca", "-addext", "keyUsage=keyCertSign")
        signed = ("-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key")
        leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
        self._request(
            "server", *signed, *leaf, "-addext", "subjectAltName=DNS:localhost,DNS:far.test"
        )
        self._request("client", *signed, *leaf)

    def _request(self, name: str, *more: object) -> None:
        command = (self.openssl, "req", "-x509", "-nodes", "-days", "2", "-subj", f"/CN={name}")
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
        files = ("-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem")
        subprocess.run([*command, *kind, *files, *map(str, more)], check=True, capture_output=True)

    @property
    def ca(self) -> Path:
        """The certificate of the authority."""
        return self.folder / "ca.pem"

    def file(self, name: str) -> Path:
        """A file of the folder."""
        return self.folder / name

    def server(self, *, asks: bool = False) -> ssl.SSLContext:
        """What a server speaks TLS with, that asks clients for a certificate if it `asks`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context
