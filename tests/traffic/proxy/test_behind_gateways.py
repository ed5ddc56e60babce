"""The proxy reaches its upstream through gateways and HTTP proxies, as a check does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.client.http_proxy import HttpProxy
from tests.helpers.gateway import Gateway, Refused, login, proxy, requiring
from tests.helpers.wire_server import READ, WireServer, answer

from .test_proxy import GET, JSON, ask, body, page, proxying

if TYPE_CHECKING:
    from tests.helpers.authority import Authority

SECRET = "gate-4711-0815"  # noqa: S105 - it opens a gate of these tests
BLOCKED = Refused("403 Forbidden")


def sent(gateway: Gateway) -> list[bytes]:
    own = rb"Host: [^\r]+|Via: [^\r]+"
    return [re.sub(own, b"", each) for each in gateway.passed]


def through(url: str, connection: ConnectionSettings) -> bytes:
    """What a client gets through the proxy."""
    with proxying(url, connection=connection) as running:
        got = ask(running)
    if got.startswith(b"HTTP/1.1 200 "):
        assert running.conclude().exit == 0
    return got


@pytest.fixture
def server() -> WireServer:
    return WireServer([[READ, answer(page(), JSON)]])


@pytest.mark.parametrize(
    ("connection", "line"),
    [
        (ConnectionSettings(headers=(("X-Gate", SECRET),)), f"X-Gate: {SECRET}".encode()),
        (
            ConnectionSettings(basic=("tester", SECRET)),
            b"Authorization: " + login("tester", SECRET),
        ),
    ],
    ids=["header", "basic"],
)
def test_a_gate_gets_its_line_and_the_upstream_the_request(
    server: WireServer, connection: ConnectionSettings, line: bytes
) -> None:
    with server, Gateway(server.url) as plain:
        through(plain.url, ConnectionSettings())
    with server, Gateway(server.url, requiring(line, BLOCKED)) as gateway:
        assert through(gateway.url, connection).startswith(b"HTTP/1.1 200 ")
        assert sent(gateway) == sent(plain)
        assert through(gateway.url, ConnectionSettings()).startswith(b"HTTP/1.1 403 ")


def test_a_client_certificate_and_a_tunnel_lead_to_the_upstream(
    server: WireServer, authority: Authority
) -> None:
    with (
        server,
        Gateway(server.url, tls=authority.server(asks=True)) as far,
        proxy(far.url, "me", SECRET) as way,
    ):
        connection = ConnectionSettings(
            ca_file=authority.ca,
            cert=authority.file("client.pem"),
            key=authority.file("client.key"),
            proxy=HttpProxy("proxy.test", way.port, "me", SECRET),
            resolve={("proxy.test", way.port): "127.0.0.1"},
        )
        assert through("https://far.test", connection).startswith(b"HTTP/1.1 200 ")
        assert SECRET.encode() not in b"".join([*far.passed, *way.passed])
        bare = ConnectionSettings(ca_file=authority.ca, proxy=connection.proxy)
        assert through("https://far.test", bare).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(("user", "status"), [("me", b"200"), ("", b"502"), ("other", b"502")])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_is_no_response_of_the_upstream(
    server: WireServer, authority: Authority, scheme: str, user: str, status: bytes
) -> None:
    tls = authority.server() if scheme == "https" else None
    with server, Gateway(server.url, tls=tls) as far, proxy(far.url, "me", SECRET) as way:
        connection = ConnectionSettings(
            ca_file=authority.ca, proxy=HttpProxy("127.0.0.1", way.port, user, SECRET)
        )
        with proxying(f"{scheme}://far.test", connection=connection) as running:
            got = ask(running)
        assert got.startswith(b"HTTP/1.1 " + status)
    if status == b"200":
        target = GET.split(b" ")[1]
        assert far.passed[0].startswith(b"GET " + target + b" HTTP/1.1\r\nHost: far.test\r\n")
        return
    assert "(407)" in body(got)["detail"]
    assert far.passed == []
    assert running.conclude().exit == 3


def test_an_echo_of_a_secret_is_masked(server: WireServer) -> None:
    kept: list[bytes] = []
    settings = ConnectionSettings(headers=(("X-Gate", SECRET),))
    server.scripts = [[READ, answer(page(), JSON, b"X-Heard: " + SECRET.encode())]]
    with server, proxying(server.url, connection=settings) as running:
        running.live.keep = lambda exchange: kept.append(repr(exchange).encode())
        assert SECRET.encode() in ask(running)  # the client gets what the upstream sends
    assert kept
    assert SECRET.encode() not in b"".join(kept)
