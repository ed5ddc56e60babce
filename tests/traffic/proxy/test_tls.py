"""The proxy speaks TLS to its upstream, and trusts whom it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from tests.helpers.wire_server import READ, Script, WireServer, answer

from .test_proxy import JSON, ask, body, outcomes, page, proxying

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


def test_an_upstream_behind_tls_is_passed_on_and_judged(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    trusting = ConnectionSettings(ca_file=certificate)
    with (
        WireServer([[READ, answer(page(), JSON)]], tls=tls) as upstream,
        proxying(upstream.url, connection=trusting) as proxy,
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
