"""The proxy speaks TLS to its upstream, and trusts whom it is told to."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from ..conformance.wire_server import READ, Script, WireServer, answer
from .test_proxy import JSON, ask, body, outcomes, page, proxying

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost, in one file with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / "key"), "-out", str(folder / "certificate")),
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_bytes((folder / "key").read_bytes() + (folder / "certificate").read_bytes())
    return both


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_an_upstream_behind_tls_is_passed_on_and_judged(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    with (
        WireServer([[READ, answer(page(), JSON)]], tls=tls) as upstream,
        proxying(upstream.url, verify=trusting) as proxy,
    ):
        assert ask(proxy).startswith(b"HTTP/1.1 200 ")
    assert proxy.conclude().exit == 0


def test_an_upstream_that_nobody_vouches_for_is_not_asked(tls: ssl.SSLContext) -> None:
    script: Script = [READ, answer(page(), JSON)]
    with WireServer([script], tls=tls) as upstream, proxying(upstream.url) as proxy:
        got = ask(proxy)
    assert got.startswith(b"HTTP/1.1 502 ")
    assert "No encrypted connection to localhost" in body(got)["detail"]
    assert upstream.requests == []
    assert outcomes(proxy.conclude())["HTTP-04"] == "warned"
