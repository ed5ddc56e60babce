"""How a server is reached is added to requests on the wire, and changes nothing of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ruangkerja.conformance.client.client import Client
from ruangkerja.conformance.client.connection_settings import ConnectionSettings, SettingsError
from ruangkerja.conformance.client.http_proxy import HttpProxy
from ruangkerja.conformance.http.exchange import Request
from ruangkerja.conformance.http.target import Target
from tests.helpers.wire_server import READ, WireServer, answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.authority import Authority

SETTINGS = ConnectionSettings(
    headers=(("X-Gate", "gate-4711-0815"), ("X-Gate", "again-4711")),
    basic=("tester", "pässword-1"),
    proxy=HttpProxy("127.0.0.1", 3128, "me", "proxy-word-2"),
    environment={},
)
SECRETS = ("gate-4711-0815", "pässword-1", "dGVzdGVyOnDDpHNzd29yZC0x", "proxy-word-2")
ODD = (b"/a/../b%2f%zz//?x=%&y", b"//double", b"/" + bytes(range(0x80, 0x100)), b"/a?http://b/c")


@pytest.mark.parametrize("target", ODD)
def test_a_request_is_sent_as_it_is_with_lines_behind_host(target: bytes) -> None:
    own = (("Host", "other.test"), ("Authorization", "Tk-1"), ("x-gate", "own"))
    request = Request("GET", target, own)
    settings = ConnectionSettings(
        headers=SETTINGS.headers, basic=("tester", "secret-1"), environment={}
    )
    with (
        WireServer([[READ, answer()]]) as server,
        Client(Target.parse(server.url), connection=settings) as client,
    ):
        exchange = client.send(request)
    assert server.requests == [
        b"GET " + target + b" HTTP/1.1\r\n"
        b"Host: other.test\r\n"
        b"Authorization: Basic dGVzdGVyOnNlY3JldC0x\r\n"
        b"X-Gate: gate-4711-0815\r\n"
        b"X-Gate: again-4711\r\n"
        b"Authorization: Tk-1\r\n"
        b"x-gate: own\r\n\r\n"
    ]
    assert exchange.request == request


@pytest.mark.parametrize("target", ODD)
def test_a_proxy_gets_scheme_and_authority_before_the_target(target: bytes) -> None:
    with WireServer([[READ, answer()]]) as server:
        settings = ConnectionSettings(proxy=HttpProxy("127.0.0.1", server.port), environment={})
        with Client(Target.parse("http://far.test:81/api"), connection=settings) as client:
            exchange = client.send(Request("GET", target))
    assert exchange.response is not None
    assert server.requests == [
        b"GET http://far.test:81" + target + b" HTTP/1.1\r\nHost: far.test:81\r\n\r\n"
    ]


def test_requests_at_once_take_the_same_way() -> None:
    settings = ConnectionSettings(headers=(("X-Gate", "1"),), environment={})
    with (
        WireServer([[READ, answer()]]) as server,
        Client(Target.parse(server.url), connection=settings) as client,
    ):
        client.send_together([(Request("GET", b"/1"), ""), (Request("GET", b"/2"), "")])
    assert all(b"\r\nX-Gate: 1\r\n" in each for each in server.requests)
    assert len(server.requests) == 2


def test_secrets_are_in_no_representation() -> None:
    shown = f"{SETTINGS!r} {SETTINGS.proxy!r}"
    assert [secret for secret in (*SECRETS, "again-4711") if secret in shown] == []


def test_secrets_are_known_to_the_masker_and_words_are_not() -> None:
    """A word that a response may have by right must not be masked there."""
    assert set(SECRETS) <= set(SETTINGS.secrets)
    words = ConnectionSettings(
        headers=(
            ("X-Env", "staging"),
            ("X-Mode", "1"),
            ("Origin", "https://app1.example.com"),
            ("X-Type", "application/json"),
        ),
        environment={},
    )
    assert words.secrets == ()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("Content-Length", "3", "header Content-Length: the requests have it themselves"),
        ("host", "a", "header host: the requests have it themselves"),
        ("If-Match", "a", "header If-Match: the requests"),
        ("X-A", "a\r\nX-B: c", "header X-A: the value is not valid"),
        ("X-A", "", "header X-A: the value is not valid"),
        ("X-A: secret", "", "header: what comes before the first = is not the name"),
    ],
)
def test_a_header_that_would_change_requests_is_refused(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        ConnectionSettings(headers=((name, value),))
    assert "secret" not in str(raised.value)


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    locked = tmp_path / "locked.key"
    key = load_pem_private_key(authority.file("client.key").read_bytes(), None)
    encryption = BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    ca, cert = authority.ca, authority.file("client.pem")
    for settings, says in (
        ({"ca_file": tmp_path / "none"}, "ca_file .*none: No such file"),
        ({"ca_file": empty}, "ca_file .*empty.pem: the file contains no certificate"),
        ({"key": ca}, "key .*ca.pem: it needs a certificate"),
        ({"cert": cert, "key": empty}, "cert .*client.pem: .* no key"),
        ({"cert": cert, "key": authority.file("server.key")}, "cert .* fits it"),
        ({"cert": cert, "key": locked}, "cert .* no key without a password"),
    ):
        with pytest.raises(SettingsError, match=says):
            ConnectionSettings(**settings)


def test_an_address_is_named_if_nothing_is_there() -> None:
    settings = ConnectionSettings(resolve={("far.test", 1): "127.0.0.1"}, environment={})
    with Client(Target.parse("http://far.test:1"), connection=settings) as client:
        failure = client.send(Request("GET", b"/")).failure
    assert failure is not None
    assert failure.message == "Nothing accepts connections at far.test:1 (127.0.0.1)."
