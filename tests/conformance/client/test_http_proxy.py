"""The proxy for a server: as it is given, or as the environment has it."""

from __future__ import annotations

import pytest

from ruangkerja.conformance.client.client import Client
from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.client.http_proxy import HttpProxy, ProxyError, environment_proxies
from ruangkerja.conformance.http.exchange import FailureKind, Request
from ruangkerja.conformance.http.target import Target
from tests.helpers.wire_server import READ, WireServer

NAMES = ("http", "https", "all", "no")


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("http://a.test", {}, None),
        ("http://a.test", {"http": "http://p:1"}, "p:1"),
        ("https://a.test", {"http": "http://p:1"}, None),
        ("https://a.test", {"https": "p:2", "all": "http://p:3"}, "p:2"),
        ("https://a.test", {"all": "http://p:3"}, "p:3"),
        ("https://a.test", {"all": "http://p:3", "no": "*"}, None),
        ("https://a.test", {"all": "http://p:3", "no": "b.test, a.test"}, None),
        ("https://a.test", {"all": "http://p:3", "no": ".test"}, None),
        ("https://a.test", {"all": "http://p:3", "no": "*.test"}, None),
        ("https://a.test", {"all": "http://p:3", "no": "est,a"}, "p:3"),
        ("https://a.test", {"all": "http://p:3", "no": "a.test:443"}, None),
        ("https://a.test", {"all": "http://p:3", "no": "a.test:80"}, "p:3"),
        ("https://10.1.2.3", {"all": "http://p:3", "no": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", {"all": "http://p:3", "no": "10.0.0.0/8,11.1.2.4"}, "p:3"),
        ("https://[fd00::1]", {"all": "http://p:3", "no": "[fd00::1]:443"}, None),
        ("http://127.0.0.1:80", {"http": "http://p:1"}, None),
        ("http://localhost", {"all": "http://p:1"}, None),
    ],
)
def test_the_environment_names_a_proxy_for_other_machines(
    url: str, environment: dict[str, str], proxy: str | None
) -> None:
    found = ConnectionSettings(environment=environment).proxy_for(Target.parse(url))
    assert (found and found.address) == proxy


def test_a_given_proxy_is_used_for_every_server() -> None:
    given = HttpProxy("p", 9)
    settings = ConnectionSettings(proxy=given, environment={"no": "*", "http": "http://q:1"})
    assert settings.proxy_for(Target.parse("http://127.0.0.1")) is given


def test_names_in_lower_case_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    monkeypatch.setenv("https_proxy", "http://lower:1")
    monkeypatch.setenv("NO_PROXY", "x.test")
    monkeypatch.setenv("http_proxy", "")
    assert environment_proxies() == {"https": "http://lower:1", "no": "x.test"}


def test_user_and_password_are_decoded_and_not_shown() -> None:
    proxy = HttpProxy.parse("http://me:p%40ss@[::1]:3128/")
    assert (proxy.user, proxy.password, proxy.url) == ("me", "p@ss", "http://[::1]:3128")
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize("text", ["socks5://p:1", "https://p:1", "http://", "http://me:pw@p:1/x"])
def test_another_proxy_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ProxyError) as raised:
        HttpProxy.parse(text)
    assert "pw" not in str(raised.value)


def test_a_proxy_of_the_environment_that_cannot_be_used_fails_only_where_it_is_needed() -> None:
    settings = ConnectionSettings(environment={"all": "socks5://me:pw@p:1"})
    with Client(Target.parse("http://far.test"), connection=settings) as client:
        failure = client.send(Request("GET", b"/")).failure
    assert failure is not None
    assert failure.kind is FailureKind.PROXY
    assert failure.message == "ALL_PROXY: only proxies with http:// are supported."


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (b"HTTP/1.1 403 Not here\r\n\r\n", "refuses a tunnel to far.test:443: 403 'Not here'."),
        (b"HTTP/1.1 407 x\r\n\r\n", "asks for a user and a password (407)."),
        (b"SSH-2.0\r\n\r\n", "does not respond as an HTTP proxy does."),
        (b"", "does not respond as an HTTP proxy does."),
    ],
)
def test_a_tunnel_that_is_refused_is_told_as_such(said: bytes, message: str) -> None:
    with WireServer([[READ, said]]) as server:
        settings = ConnectionSettings(proxy=HttpProxy("127.0.0.1", server.port), environment={})
        with Client(Target.parse("https://far.test"), connection=settings) as client:
            failure = client.send(Request("GET", b"/")).failure
    assert failure is not None
    assert failure.kind is FailureKind.PROXY
    assert failure.message == f"The proxy 127.0.0.1:{server.port} {message}"
    assert server.requests == [
        b"CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\n\r\n",
    ]
