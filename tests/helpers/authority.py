"""Certificates of an authority of the tests, for a server and for a client."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Authority:
    """A folder with ca.pem, and server.pem and client.pem that it signed, with server.key and so
    on."""

    folder: Path

    def make(self) -> None:
        """Make all files."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        for name, made in (
            ("server", authority.issue_cert("localhost", "far.test")),
            ("client", authority.issue_cert("client.test")),
        ):
            made.cert_chain_pems[0].write_to_path(self.file(f"{name}.pem"))
            made.private_key_pem.write_to_path(self.file(f"{name}.key"))

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
