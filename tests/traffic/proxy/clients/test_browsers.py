"""Browsers use the upstream at the proxy's address: from other origins, and under no other name."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.client.connection_settings import ConnectionSettings
from ruangkerja.conformance.http.target import Target
from ruangkerja.conformance.judging.judge import JudgeOptions
from ruangkerja.traffic.proxy.clients.browsers import moved
from ruangkerja.traffic.proxy.serve import Proxy, ProxyConfig
from tests.helpers.wire_server import READ, WireServer, answer

from ..test_proxy import CONTRACT, GET, JSON, PATH, ask, headers, nobody, page, proxying

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, ELSEWHERE = "http://localhost:5173", "https://app.example.com"
GOOD = answer(page(), JSON, b"X-Any: thing")
OTHER = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"
SECRET = ConnectionSettings(headers=(("X-Gate", "gate-4711"),))


@pytest.fixture(scope="module")
def upstream() -> Iterator[WireServer]:
    with WireServer([[READ, GOOD]]) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(upstream: WireServer) -> Iterator[Proxy]:
    with proxying(upstream.url) as running:
        yield running


def sent_by(origin: str, sent: bytes = GET, *more: str) -> bytes:
    lines = "\r\n".join([f"Origin: {origin}", *more])
    return sent.replace(b"\r\n\r\n", b"\r\n" + lines.encode() + b"\r\n\r\n", 1)


def preflight(origin: str, path: bytes = PATH) -> bytes:
    asked = b"OPTIONS " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return sent_by(
        origin,
        asked,
        "Access-Control-Request-Method: PUT",
        "Access-Control-Request-Headers: authorization, x-any",
        "Access-Control-Request-Private-Network: true",
    )


def cors(got: bytes) -> dict[str, str]:
    found = {name.lower(): value for name, value in headers(got).items()}
    names = "access-control-allow-origin", "access-control-allow-credentials", "contract-cors"
    return {name: found[name] for name in names if name in found}


def test_a_page_of_this_machine_reads_everything(proxy: Proxy) -> None:
    for sent in (GET, OTHER):
        assert cors(ask(proxy, sent_by(HERE, sent))) == {
            "access-control-allow-origin": HERE,
            "access-control-allow-credentials": "true",
            "contract-cors": "added",
        }


def test_another_page_reads_what_is_in_the_contract_without_cookies(proxy: Proxy) -> None:
    assert cors(ask(proxy, sent_by(ELSEWHERE))) == {
        "access-control-allow-origin": ELSEWHERE,
        "contract-cors": "added",
    }
    assert cors(ask(proxy, sent_by(ELSEWHERE, OTHER))) == {}


def test_a_page_sees_all_headers(proxy: Proxy) -> None:
    got = headers(ask(proxy, sent_by(ELSEWHERE, GET.replace(b"Authorization", b"X-Other"))))
    exposed = got["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Any", "Contract-Violations", "Contract-CORS"} <= set(exposed)
    assert got["Vary"] == "Origin"


@pytest.mark.parametrize("sent", [GET, sent_by("x", GET, "Origin: y")])
def test_a_request_without_one_origin_gets_the_response_as_it_is(proxy: Proxy, sent: bytes) -> None:
    assert cors(ask(proxy, sent)) == {}


def test_the_upstream_decides_if_it_says_something(upstream: WireServer, proxy: Proxy) -> None:
    own = b"Access-Control-Allow-Origin: https://only.example.com"
    upstream.scripts = [[READ, answer(page(), JSON, own)]]
    expected = {"access-control-allow-origin": "https://only.example.com"}
    assert cors(ask(proxy, sent_by(HERE))) == expected
    assert cors(ask(proxy, preflight(HERE))) == expected
    upstream.scripts = [[READ, GOOD]]


@pytest.mark.parametrize(("origin", "path"), [(HERE, PATH), (HERE, b"/login"), (ELSEWHERE, PATH)])
@pytest.mark.parametrize("status", [b"200 OK", b"401 Unauthorized", b"405 Method Not Allowed"])
def test_a_preflight_is_answered_if_the_upstream_does_not(
    upstream: WireServer, proxy: Proxy, origin: str, path: bytes, status: bytes
) -> None:
    upstream.scripts = [[READ, answer(b"{}", JSON, status=status)]]
    got = ask(proxy, preflight(origin, path))
    assert got.startswith(b"HTTP/1.1 204 ")
    found = headers(got)
    assert found["Contract-CORS"] == "added"
    assert found["Access-Control-Allow-Origin"] == origin
    assert found["Access-Control-Allow-Methods"] == "PUT"
    assert found["Access-Control-Allow-Headers"] == "authorization, x-any"
    assert found["Access-Control-Allow-Private-Network"] == "true"
    upstream.scripts = [[READ, GOOD]]


def test_another_page_gets_no_leave_outside_the_contract(
    upstream: WireServer, proxy: Proxy
) -> None:
    upstream.scripts = [[READ, answer(b"no", status=b"405 Method Not Allowed")]]
    got = ask(proxy, preflight(ELSEWHERE, b"/login"))
    assert got.startswith(b"HTTP/1.1 405 ")
    assert b"Access-Control" not in got
    upstream.scripts = [[READ, GOOD]]


def test_a_page_reads_why_there_is_no_response() -> None:
    with nobody() as url, proxying(url) as proxy:
        assert ask(proxy, preflight(HERE)).startswith(b"HTTP/1.1 204 ")
        got = ask(proxy, sent_by(HERE))
    assert got.startswith(b"HTTP/1.1 502 ")
    assert cors(got)["access-control-allow-origin"] == HERE


def test_other_pages_do_not_use_the_credentials_of_the_proxy(upstream: WireServer) -> None:
    with proxying(upstream.url, connection=SECRET) as proxy:
        assert cors(ask(proxy, sent_by(ELSEWHERE))) == {}
        assert cors(ask(proxy, sent_by(HERE))) != {}


def test_other_pages_open_no_websocket(upstream: WireServer, proxy: Proxy) -> None:
    upstream.requests.clear()
    opening = OTHER.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\n\r\n")
    assert ask(proxy, sent_by(ELSEWHERE, opening)).startswith(b"HTTP/1.1 403 ")
    assert upstream.requests == []
    for origin in (HERE, "http://localhost"):
        ask(proxy, sent_by(origin, opening))
    assert len(upstream.requests) == 2


def test_it_can_be_off(upstream: WireServer) -> None:
    with proxying(upstream.url, cors=False) as proxy:
        assert cors(ask(proxy, sent_by(HERE))) == {}
        assert ask(proxy, preflight(HERE)).startswith(b"HTTP/1.1 200 ")


@contextmanager
def named(upstream: WireServer, host: str, *names: str) -> Iterator[Proxy]:
    config = ProxyConfig(CONTRACT, Target.parse(upstream.url), host, allowed_hosts=names)
    with Proxy(config, JudgeOptions(passive=True)) as running:
        yield running


def under(host: str) -> bytes:
    return GET.replace(b"Host: localhost", b"Host: " + host.encode())


@pytest.mark.parametrize(
    "host", ["evil.example.com", "evil.example.com:8081", "localhost.evil.com"]
)
def test_a_name_of_a_website_does_not_lead_to_the_upstream(
    upstream: WireServer, proxy: Proxy, host: str
) -> None:
    upstream.requests.clear()
    got = ask(proxy, under(host))
    assert got.startswith(b"HTTP/1.1 421 ")
    assert b"--allowed-host" in got
    got = ask(proxy, GET.replace(b"GET /", b"GET http://" + host.encode() + b"/"))
    assert got.startswith(b"HTTP/1.1 421 ")
    assert upstream.requests == []


@pytest.mark.parametrize(
    "host", ["localhost:8081", "127.0.0.1", "[::1]:1", "app.localhost", "192.0.2.1:80", "LOCALHOST"]
)
def test_names_of_this_machine_and_addresses_lead_to_the_upstream(proxy: Proxy, host: str) -> None:
    assert ask(proxy, under(host)).startswith(b"HTTP/1.1 200 ")


def test_more_names_can_be_allowed(upstream: WireServer) -> None:
    with named(upstream, "127.0.0.1", "Dev.example.com", ".corp.example.com") as proxy:
        for host in ("dev.example.com:1", "a.corp.example.com"):
            assert ask(proxy, under(host)).startswith(b"HTTP/1.1 200 ")
        assert ask(proxy, under("corp.example.com")).startswith(b"HTTP/1.1 421 ")
        assert ask(proxy, under("proxy")).startswith(b"HTTP/1.1 421 ")


def test_a_proxy_for_a_network_has_names_in_it(upstream: WireServer) -> None:
    with named(upstream, "0.0.0.0") as proxy:  # noqa: S104 - what is tested
        assert ask(proxy, under("proxy:8081")).startswith(b"HTTP/1.1 200 ")
        assert ask(proxy, under("evil.example.com")).startswith(b"HTTP/1.1 421 ")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6 here")
def test_a_proxy_at_localhost_listens_at_both_of_its_addresses(upstream: WireServer) -> None:
    with named(upstream, "localhost") as proxy:
        assert proxy.url.startswith("http://localhost:")
        port = Target.parse(proxy.url).port
        for address in ("127.0.0.1", "::1"):
            with socket.create_connection((address, port), timeout=10) as connection:
                connection.sendall(GET)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


PLAIN, BELOW = Target.parse("http://up.test:9000"), Target.parse("https://up.test/base")


@pytest.mark.parametrize(
    ("target", "location", "expected"),
    [
        (PLAIN, b"http://up.test:9000/a?b=1#c", b"http://here:1/a?b=1#c"),
        (PLAIN, b"HTTP://UP.TEST:9000/a", b"http://here:1/a"),
        (PLAIN, b"//up.test:9000/a", b"http://here:1/a"),
        (PLAIN, b"http://up.test:9000", b"http://here:1/"),
        (PLAIN, b"/a?b#c", b"/a?b#c"),
        (PLAIN, b"a", b"a"),
        (PLAIN, b"?a=1", b"?a=1"),
        (PLAIN, b"http://up.test:9001/a", b"http://up.test:9001/a"),
        (PLAIN, b"https://up.test:9000/a", b"https://up.test:9000/a"),
        (PLAIN, b"http://up.test:9000@evil.test/", b"http://up.test:9000@evil.test/"),
        (PLAIN, b"http://me@up.test:9000/", b"http://me@up.test:9000/"),
        (PLAIN, b"http://up.test:x/", b"http://up.test:x/"),
        (BELOW, b"https://up.test/base/a", b"http://here:1/a"),
        (BELOW, b"https://up.test:443/base", b"http://here:1/"),
        (BELOW, b"/base/a?b", b"/a?b"),
        (BELOW, b"/based", b"/based"),
        (BELOW, b"https://up.test/login", b"https://up.test/login"),
        (BELOW, b"http://up.test/base/a", b"http://up.test/base/a"),
    ],
)
def test_a_redirect_leads_to_the_proxy(target: Target, location: bytes, expected: bytes) -> None:
    for name in (b"Location", b"content-location"):
        assert list(moved([(name, location)], target, b"here:1")) == [(name, expected)]


@pytest.mark.parametrize(
    ("target", "cookie", "expected"),
    [
        (PLAIN, b"a=b; Domain=up.test; Path=/x; HttpOnly", b"a=b; Path=/x; HttpOnly"),
        (PLAIN, b"a=b;domain=.Up.Test", b"a=b"),
        (PLAIN, b"a=b; Domain=test", b"a=b"),
        (PLAIN, b"a=b; Domain=other.test; Secure", b"a=b; Domain=other.test; Secure"),
        (PLAIN, b"domain=up.test; Path=/", b"domain=up.test; Path=/"),
        (BELOW, b"a=b; Path=/base", b"a=b; Path=/"),
        (BELOW, b"a=b; path=/base/x; Secure", b"a=b; Path=/x; Secure"),
        (BELOW, b"a=b; Path=/other", b"a=b; Path=/other"),
    ],
)
def test_a_cookie_is_of_the_proxys_host(target: Target, cookie: bytes, expected: bytes) -> None:
    found = list(moved([(b"Set-Cookie", cookie)], target, b"here:1"))
    assert found == [(b"Set-Cookie", expected)]


@pytest.mark.parametrize("sent", [GET, OTHER])
def test_both_ways_of_passing_on_lead_to_the_proxy(
    upstream: WireServer, proxy: Proxy, sent: bytes
) -> None:
    location = b"Location: " + upstream.url.encode() + b"/next"
    cookie = b"Set-Cookie: a=b; Domain=127.0.0.1"
    upstream.scripts = [[READ, answer(b"", location, cookie, status=b"302 Found")]]
    got = headers(ask(proxy, sent.replace(b"localhost", b"localhost:8081")))
    assert got["Location"] == "http://localhost:8081/next"
    assert got["Set-Cookie"] == "a=b"
    upstream.scripts = [[READ, GOOD]]
